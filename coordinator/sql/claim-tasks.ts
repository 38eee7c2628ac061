// SPDX-License-Identifier: MIT
import { sql as raw } from 'kysely';

import type { AttemptId, BlobHash } from '../../protocol/ids.ts';
import { LIVE } from './attempt-states.ts';
import type { Sql } from './schema.ts';

export interface Claim {
  readonly jobId: number;
  readonly accountId: number;
  readonly deviceId: number;
  readonly limit: number;
  /** Only tasks with a higher row id: below it there was nothing for this account when it last looked. */
  readonly after: number;
  readonly leaseUntil: number;
  readonly now: number;
  readonly newId: () => AttemptId;
}

export interface ClaimedTask {
  readonly id: number;
  readonly attempt: AttemptId;
  readonly idx: number;
  readonly input_hash: BlobHash | null;
  readonly input_size: number | null;
}

/**
 * Leases pending tasks of one job to a device, lowest first: never one of which its account has an attempt.
 * PostgreSQL skips what another claim holds, so that claims do not wait for each other. The watermark `after`
 * keeps the query from walking over all the tasks that are already gone: without it the rate falls to a fifth
 * within a minute, because dead index entries are only skipped one by one.
 */
export async function claimTasks({ kind, db }: Sql, claim: Claim): Promise<ClaimedTask[]> {
  const tasks = await db
    .selectFrom('tasks')
    .select(['id', 'idx', 'input_hash', 'input_size'])
    .where('job_id', '=', claim.jobId)
    .where('state', '=', raw.lit('pending'))
    .where('id', '>', claim.after)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('attempts')
            .select('attempts.id')
            .whereRef('attempts.task_id', '=', 'tasks.id')
            .where('attempts.account_id', '=', claim.accountId)
            .where('attempts.state', 'in', LIVE),
        ),
      ),
    )
    .orderBy('id')
    .limit(claim.limit)
    .$if(kind === 'postgres', (query) => query.forNoKeyUpdate().skipLocked())
    .execute();
  if (tasks.length === 0) return [];
  await takePlaces(
    { kind, db },
    tasks.map(({ id }) => id),
  );
  const claimed = tasks.map((task) => ({ ...task, attempt: claim.newId() }));
  await db
    .insertInto('attempts')
    .values(
      claimed.map((task) => ({
        public_id: task.attempt,
        task_id: task.id,
        job_id: claim.jobId,
        account_id: claim.accountId,
        device_id: claim.deviceId,
        state: 'leased' as const,
        lease_until: claim.leaseUntil,
        created_at: claim.now,
        ended_at: null,
        message: null,
      })),
    )
    .execute();
  return claimed;
}

/** Takes one place of each task; the last one makes it `full`. The tasks must be locked and pending. */
export async function takePlaces({ db }: Sql, taskIds: readonly number[]): Promise<void> {
  await db
    .updateTable('tasks')
    .set({
      need: raw<number>`need - 1`,
      state: raw<'pending' | 'full'>`case when need > 1 then 'pending' else 'full' end`,
    })
    .where('id', 'in', taskIds)
    .execute();
}
