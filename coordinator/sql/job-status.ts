// SPDX-License-Identifier: MIT
import { sql as raw } from 'kysely';

import type { JobStatus } from '../../protocol/job.ts';
import { jobSpecSchema } from '../job-spec.ts';
import { OPEN } from './attempt-states.ts';
import type { Sql } from './schema.ts';

type Which = { readonly id: number } | { readonly accountId: number; readonly limit: number };

/** Jobs as their requester sees them, newest first. */
export async function jobStatuses({ db }: Sql, which: Which): Promise<JobStatus[]> {
  const jobs = db.selectFrom('jobs').selectAll();
  const rows = await (
    'id' in which
      ? jobs.where('id', '=', which.id)
      : jobs.where('account_id', '=', which.accountId).orderBy('id', 'desc').limit(which.limit)
  ).execute();
  const running = rows.filter(({ state }) => state === 'running').map(({ id }) => id);
  const busy = new Map<number, number>();
  if (running.length > 0) {
    const counts = await db
      .selectFrom('attempts')
      .select(['job_id', raw<number>`count(distinct task_id)`.as('tasks')])
      .where('job_id', 'in', running)
      .where('state', 'in', OPEN)
      .groupBy('job_id')
      .execute();
    for (const { job_id, tasks } of counts) busy.set(job_id, tasks);
  }
  return rows.map((row) => ({
    id: row.public_id,
    name: row.name,
    description: row.description,
    purpose: row.purpose,
    state: row.state,
    quorum: row.quorum,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    tasks: countsOf(row, busy.get(row.id) ?? 0),
    pricePerGigafuel: row.price.toString(),
    escrowed: row.escrowed.toString(),
    paid: row.paid.toString(),
    refunded: row.refunded.toString(),
    fuel: row.fuel,
    merge: jobSpecSchema.parse(JSON.parse(row.spec)).merge,
  }));
}

/** `running`: tasks with an attempt that is out or waits for its quorum. */
function countsOf(
  job: { task_count: number; completed: number; failed: number },
  running: number,
): JobStatus['tasks'] {
  const { task_count: total, completed, failed } = job;
  return { total, completed, failed, running, waiting: Math.max(0, total - completed - failed - running) };
}
