// SPDX-License-Identifier: MIT
import type { JobState } from '../../protocol/job.ts';
import type { Aftermath } from '../aftermath.ts';
import { refundEntry } from '../ledger/entries.ts';
import { post, type Posted } from '../ledger/post.ts';
import { accountKey } from '../sql/accounts.ts';
import { cancelAttempts } from '../sql/attempts.ts';
import { balanceOf } from '../sql/balances.ts';
import { type JobRow, lockJob, setJobEnded } from '../sql/jobs.ts';
import type { Sql } from '../sql/schema.ts';
import { endTasks } from '../sql/tasks.ts';

/**
 * Posts what is paid last, gives the rest of the escrow back and ends the job. The job must be locked.
 * @param last payments of the transaction that decided the last task, out of the same escrow
 */
export async function closeJob(
  sql: Sql,
  job: JobRow,
  state: Exclude<JobState, 'running'>,
  last: readonly Posted[],
  at: number,
  after: Aftermath,
): Promise<void> {
  const escrow = `escrow:${job.public_id}` as const;
  const leaving = last
    .flatMap(({ entry }) => entry.postings)
    .reduce((sum, posting) => (posting.account === escrow ? sum + BigInt(posting.amount) : sum), 0n);
  const rest = (await balanceOf(sql, escrow)) + leaving;
  const refund =
    rest > 0n ? [{ entry: refundEntry(job.public_id, await accountKey(sql, job.account_id), rest, at) }] : [];
  await post(sql, [...last, ...refund]);
  await setJobEnded(sql, job.id, state, at, rest);
  after.ledger = true;
  after.jobs = true;
  after.ended.add(job.id);
}

/** Ends a running job before all its tasks are decided. Does nothing to one that has ended. */
export async function endJob(
  sql: Sql,
  jobId: number,
  state: 'cancelled' | 'expired',
  at: number,
  after: Aftermath,
): Promise<void> {
  // Tasks, attempts, job: the order in which every transaction locks them.
  await endTasks(sql, jobId);
  const devices = await cancelAttempts(sql, jobId, at);
  const job = await lockJob(sql, jobId);
  if (job.state !== 'running') return;
  for (const device of devices) after.devices.add(device);
  await closeJob(sql, job, state, [], at, after);
}
