// SPDX-License-Identifier: MIT
import { sql as raw } from 'kysely';

import { type JobId, taskIdOf } from '../../protocol/ids.ts';
import type { TaskResult } from '../../protocol/job.ts';
import { outcomeSchema } from '../../protocol/job.ts';
import type { Sql, TaskState } from './schema.ts';

export interface TaskRow {
  readonly id: number;
  readonly job_id: number;
  readonly idx: number;
  readonly state: TaskState;
  readonly need: number;
  readonly faults: number;
}

/** Reads a task and keeps every other change of it and its attempts out until the transaction ends. */
export const lockTask = ({ kind, db }: Sql, id: number): Promise<TaskRow> =>
  db
    .selectFrom('tasks')
    .select(['id', 'job_id', 'idx', 'state', 'need', 'faults'])
    .where('id', '=', id)
    .$if(kind === 'postgres', (query) => query.forNoKeyUpdate())
    .executeTakeFirstOrThrow();

/** Sets how many attempts may still be handed out. */
export async function setNeed({ db }: Sql, id: number, need: number): Promise<void> {
  await db
    .updateTable('tasks')
    .set({ need, state: need > 0 ? 'pending' : 'full' })
    .where('id', '=', id)
    .execute();
}

export async function addFault({ db }: Sql, id: number): Promise<void> {
  await db
    .updateTable('tasks')
    .set({ faults: raw<number>`faults + 1` })
    .where('id', '=', id)
    .execute();
}

export async function setDecided(
  { db }: Sql,
  id: number,
  decided: { state: 'completed' | 'failed'; canonical_id: number | null; agreed: number },
): Promise<void> {
  await db
    .updateTable('tasks')
    .set({ ...decided, need: 0 })
    .where('id', '=', id)
    .execute();
}

/** Ends every undecided task of a job. */
export async function endTasks({ db }: Sql, jobId: number): Promise<void> {
  await db
    .updateTable('tasks')
    .set({ state: 'ended', need: 0 })
    .where('job_id', '=', jobId)
    .where('state', 'in', ['pending', 'full'])
    .execute();
}

/** Tasks with a canonical result, in the order of their index. */
export async function decidedTasks(
  { db }: Sql,
  jobId: number,
  job: JobId,
  from: number,
  limit: number,
): Promise<TaskResult[]> {
  const rows = await db
    .selectFrom('tasks')
    .innerJoin('results', 'results.attempt_id', 'tasks.canonical_id')
    .select([
      'tasks.idx',
      'tasks.agreed',
      'results.outcome',
      'results.output_hash',
      'results.output_size',
      'results.fuel',
    ])
    .where('tasks.job_id', '=', jobId)
    .where('tasks.idx', '>=', from)
    .orderBy('tasks.idx')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    task: taskIdOf(job, row.idx),
    index: row.idx,
    outcome: outcomeSchema.parse(JSON.parse(row.outcome)),
    output: { hash: row.output_hash, size: row.output_size },
    fuel: row.fuel.toString(),
    agreed: row.agreed,
  }));
}
