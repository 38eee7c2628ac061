// SPDX-License-Identifier: MIT
import { sql as raw } from 'kysely';

import type { Sql } from './schema.ts';

/** Which of these jobs have a task that may be handed out to somebody. */
export async function jobsWithPending({ db }: Sql, jobIds: readonly number[]): Promise<ReadonlySet<number>> {
  if (jobIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', jobIds)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('tasks')
          .select('tasks.id')
          .whereRef('tasks.job_id', '=', 'jobs.id')
          .where('tasks.state', '=', raw.lit('pending')),
      ),
    )
    .execute();
  return new Set(rows.map(({ id }) => id));
}
