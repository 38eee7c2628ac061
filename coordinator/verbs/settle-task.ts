// SPDX-License-Identifier: MIT
import { taskIdOf } from '../../protocol/ids.ts';
import type { Aftermath } from '../aftermath.ts';
import { payEntry } from '../ledger/entries.ts';
import { post, type Posted } from '../ledger/post.ts';
import { payFor } from '../policy/pricing.ts';
import { isCompleted, judgeTask } from '../policy/validation.ts';
import { setAttemptState, type Standing, standingsOf } from '../sql/attempts.ts';
import { countDecided, type JobRow, lockJob } from '../sql/jobs.ts';
import type { Sql } from '../sql/schema.ts';
import { lockTask, setDecided, setNeed, type TaskRow } from '../sql/tasks.ts';
import { closeJob } from './end-job.ts';

const idsOf = (standings: readonly Standing[]): number[] => standings.map(({ id }) => id);

/**
 * Judges a task after its attempts changed, and does what follows: hand out more, pay, or give up. The task
 * must be locked.
 */
export async function settleTask(
  sql: Sql,
  taskId: number,
  quorum: number,
  at: number,
  after: Aftermath,
): Promise<void> {
  const task = await lockTask(sql, taskId);
  if (task.state !== 'pending' && task.state !== 'full') return;
  const standings = await standingsOf(sql, taskId);
  const reported = standings.filter(({ agreement }) => agreement !== null);
  const verdict = judgeTask({
    quorum,
    results: reported.map(({ agreement }) => agreement ?? ''),
    leased: standings.length - reported.length,
    faults: task.faults,
  });
  switch (verdict.kind) {
    case 'open':
      await setNeed(sql, taskId, verdict.need);
      if (verdict.need > task.need) after.requeue(task.job_id, taskId);
      return;
    case 'failed': {
      await setAttemptState(sql, idsOf(reported), { state: 'refused', ended_at: at });
      await setDecided(sql, taskId, { state: 'failed', canonical_id: null, agreed: 0 });
      return count(sql, await lockJob(sql, task.job_id), 'failed', [], at, after);
    }
    case 'canonical': {
      const agreeing = reported.filter(({ agreement }) => agreement === verdict.agreement);
      const others = reported.filter(({ agreement }) => agreement !== verdict.agreement);
      await setAttemptState(sql, idsOf(agreeing), { state: 'paid', ended_at: at });
      await setAttemptState(sql, idsOf(others), { state: 'refused', ended_at: at });
      const state = isCompleted(verdict.agreement) ? 'completed' : 'failed';
      const canonical = { state, canonical_id: agreeing[0]?.id ?? null, agreed: agreeing.length } as const;
      await setDecided(sql, taskId, canonical);
      const job = await lockJob(sql, task.job_id);
      const payments = agreeing.map((attempt) => paymentOf(job, task, attempt, at));
      return count(sql, job, state, payments, at, after);
    }
  }
}

interface Paid {
  readonly posted: Posted;
  /** what leaves the escrow, fee included */
  readonly cost: bigint;
  readonly fuel: bigint;
}

function paymentOf(job: JobRow, task: TaskRow, attempt: Standing, at: number): Paid {
  const fuel = attempt.fuel ?? 0n;
  const payment = payFor(fuel, {
    pricePerGigafuel: job.price,
    feeBasisPoints: job.fee_basis_points,
    fuelLimit: job.fuel_limit,
  });
  const paid = {
    job: job.public_id,
    task: taskIdOf(job.public_id, task.idx),
    attempt: attempt.public_id,
    account: attempt.account,
  };
  const posted = { entry: payEntry(paid, payment, at), attemptId: attempt.id };
  return { posted, cost: payment.amount + payment.fee, fuel };
}

/** Counts one decided task of a locked job, pays for it, and ends the job with its last one. */
async function count(
  sql: Sql,
  job: JobRow,
  state: 'completed' | 'failed',
  payments: readonly Paid[],
  at: number,
  after: Aftermath,
): Promise<void> {
  const decided = {
    completed: state === 'completed' ? 1 : 0,
    failed: state === 'failed' ? 1 : 0,
    paid: payments.reduce((sum, { cost }) => sum + cost, 0n),
    fuel: payments.reduce((sum, { fuel }) => sum + fuel, 0n),
  };
  await countDecided(sql, job, decided);
  const posted = payments.map((payment) => payment.posted);
  const failed = job.failed + decided.failed;
  if (job.completed + decided.completed + failed < job.task_count) {
    await post(sql, posted);
    after.ledger ||= posted.length > 0;
    return;
  }
  await closeJob(sql, job, failed > 0 ? 'failed' : 'completed', posted, at, after);
}
