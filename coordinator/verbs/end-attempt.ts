// SPDX-License-Identifier: MIT
import type { Aftermath } from '../aftermath.ts';
import type { Context } from '../context.ts';
import { attemptById, type AttemptRow, setAttemptState } from '../sql/attempts.ts';
import type { Sql } from '../sql/schema.ts';
import { addFault, lockTask } from '../sql/tasks.ts';
import { settleTask } from './settle-task.ts';

interface End {
  readonly state: 'expired' | 'returned';
  /** whether it counts against the task's error budget */
  readonly isFault: boolean;
  readonly message?: string;
}

/**
 * Ends a leased attempt without a result, and puts its task back.
 * @param still looked at again once the task is locked: another may have been faster
 */
export async function endAttempt(
  { jobs }: Context,
  sql: Sql,
  attempt: Pick<AttemptRow, 'id' | 'task_id'>,
  { state, isFault, message }: End,
  still: (attempt: AttemptRow) => boolean,
  at: number,
  after: Aftermath,
): Promise<void> {
  await lockTask(sql, attempt.task_id);
  const now = await attemptById(sql, attempt.id);
  if (now.state !== 'leased' || !still(now)) return;
  await setAttemptState(sql, [attempt.id], {
    state,
    ended_at: at,
    ...(message === undefined ? {} : { message }),
  });
  if (isFault) await addFault(sql, attempt.task_id);
  await settleTask(sql, attempt.task_id, (await jobs.terms(sql, now.job_id)).quorum, at, after);
}
