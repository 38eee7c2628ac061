// SPDX-License-Identifier: MIT
import type { AttemptStanding } from '../policy/lease.ts';
import { attemptById, type AttemptRow, standingsOf } from '../sql/attempts.ts';
import { jobStateOf } from '../sql/jobs.ts';
import type { Sql } from '../sql/schema.ts';
import { lockTask } from '../sql/tasks.ts';

const JOB = {
  running: 'running',
  cancelled: 'cancelled',
  completed: 'ended',
  failed: 'ended',
  expired: 'ended',
} as const;

/** How an attempt stands, with its task locked: nothing of it changes until the transaction ends. */
export async function lockStanding(
  sql: Sql,
  attempt: AttemptRow,
): Promise<AttemptStanding & { readonly index: number }> {
  const task = await lockTask(sql, attempt.task_id);
  const { state } = await attemptById(sql, attempt.id);
  const others = state === 'expired' ? await standingsOf(sql, attempt.task_id) : [];
  return {
    attempt: state,
    task: task.state,
    need: task.need,
    replaced: others.some(({ account_id }) => account_id === attempt.account_id),
    job: JOB[await jobStateOf(sql, attempt.job_id)],
    index: task.idx,
  };
}
