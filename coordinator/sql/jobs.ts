// SPDX-License-Identifier: MIT
import { type Insertable, sql as raw } from 'kysely';

import type { JobId } from '../../protocol/ids.ts';
import type { JobState, ModuleKind, TaskInput } from '../../protocol/job.ts';
import { jobSpecSchema, type JobTerms } from '../job-spec.ts';
import type { JobTable, Sql } from './schema.ts';

/** Rows per insert: seven parameters each, below the 32,766 that SQLite takes. */
const BATCH = 2000;
/** Jobs that are considered for a device at a time. */
const MOST_JOBS = 1000;

export async function insertJob({ db }: Sql, job: Omit<Insertable<JobTable>, 'id'>): Promise<number> {
  return (await db.insertInto('jobs').values(job).returning('id').executeTakeFirstOrThrow()).id;
}

export async function insertTasks(
  { db }: Sql,
  jobId: number,
  quorum: number,
  inputs: readonly TaskInput[],
): Promise<void> {
  for (let start = 0; start < inputs.length; start += BATCH) {
    const rows = inputs.slice(start, start + BATCH).map(({ input }, offset) => ({
      job_id: jobId,
      idx: start + offset,
      state: 'pending' as const,
      need: quorum,
      faults: 0,
      input_hash: input?.hash ?? null,
      input_size: input?.size ?? null,
      canonical_id: null,
      agreed: 0,
    }));
    await db.insertInto('tasks').values(rows).execute();
  }
}

export interface JobRow {
  readonly id: number;
  readonly public_id: JobId;
  readonly account_id: number;
  readonly state: JobState;
  readonly quorum: number;
  readonly price: bigint;
  readonly fee_basis_points: number;
  readonly fuel_limit: bigint;
  readonly task_count: number;
  readonly completed: number;
  readonly failed: number;
  readonly paid: bigint;
  readonly fuel: string;
}

/** Reads a job and keeps every other change of it out until the transaction ends. */
export const lockJob = ({ kind, db }: Sql, id: number): Promise<JobRow> =>
  db
    .selectFrom('jobs')
    .select([
      'id',
      'public_id',
      'account_id',
      'state',
      'quorum',
      'price',
      'fee_basis_points',
      'fuel_limit',
      'task_count',
      'completed',
      'failed',
      'paid',
      'fuel',
    ])
    .where('id', '=', id)
    .$if(kind === 'postgres', (query) => query.forNoKeyUpdate())
    .executeTakeFirstOrThrow();

/** Adds one decided task to its job; the job must be locked. */
export async function countDecided(
  { db }: Sql,
  job: JobRow,
  decided: { completed: number; failed: number; paid: bigint; fuel: bigint },
): Promise<void> {
  await db
    .updateTable('jobs')
    .set({
      completed: job.completed + decided.completed,
      failed: job.failed + decided.failed,
      paid: job.paid + decided.paid,
      fuel: (BigInt(job.fuel) + decided.fuel).toString(),
    })
    .where('id', '=', job.id)
    .execute();
}

/** @param refunded what went back from its escrow, micro-credits */
export async function setJobEnded(
  { db }: Sql,
  id: number,
  state: JobState,
  at: number,
  refunded: bigint,
): Promise<void> {
  await db.updateTable('jobs').set({ state, ended_at: at, refunded }).where('id', '=', id).execute();
}

/** A job's row, and whose it is; undefined when the account has no such job. */
export async function findJob({ db }: Sql, account: string, job: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('jobs')
    .innerJoin('accounts', 'accounts.id', 'jobs.account_id')
    .select('jobs.id as id')
    .where('jobs.public_id', '=', job as JobId)
    .where('accounts.key', '=', account as never)
    .executeTakeFirst();
  return row?.id;
}

export async function jobStateOf({ db }: Sql, id: number): Promise<JobState> {
  return (await db.selectFrom('jobs').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state;
}

export interface OpenJob {
  readonly id: number;
  readonly kind: ModuleKind;
  readonly memoryBytes: number;
}

/** Running jobs, oldest first. */
export const openJobs = ({ db }: Sql): Promise<OpenJob[]> =>
  db
    .selectFrom('jobs')
    .select(['id', 'kind', 'memory_bytes as memoryBytes'])
    .where('state', '=', raw.lit('running'))
    .orderBy('id')
    .limit(MOST_JOBS)
    .execute();

export async function jobTerms({ db }: Sql, id: number): Promise<JobTerms> {
  const row = await db
    .selectFrom('jobs')
    .innerJoin('accounts', 'accounts.id', 'jobs.account_id')
    .select([
      'jobs.id as id',
      'public_id as job',
      'name',
      'accounts.key as publisher',
      'purpose',
      'quorum',
      'task_count as taskCount',
      'fuel_limit as fuelLimit',
      'price',
      'spec',
    ])
    .where('jobs.id', '=', id)
    .executeTakeFirstOrThrow();
  return { ...row, spec: jobSpecSchema.parse(JSON.parse(row.spec)) };
}

/** Running jobs whose deadline has passed. */
export async function overdueJobs({ db }: Sql, now: number, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', raw.lit('running'))
    .where('deadline_at', '<=', now)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
