// SPDX-License-Identifier: MIT
import { sql as raw } from 'kysely';

import type { AccountId, AttemptId, BlobHash } from '../../protocol/ids.ts';
import { LIVE, OPEN } from './attempt-states.ts';
import type { AttemptState, Sql } from './schema.ts';

export interface AttemptRow {
  readonly id: number;
  readonly public_id: AttemptId;
  readonly task_id: number;
  readonly job_id: number;
  readonly account_id: number;
  readonly device_id: number;
  readonly state: AttemptState;
  readonly lease_until: number;
}

const COLUMNS = [
  'id',
  'public_id',
  'task_id',
  'job_id',
  'account_id',
  'device_id',
  'state',
  'lease_until',
] as const;

export const findAttempt = ({ db }: Sql, attempt: AttemptId): Promise<AttemptRow | undefined> =>
  db.selectFrom('attempts').select(COLUMNS).where('public_id', '=', attempt).executeTakeFirst();

/** As `findAttempt`, by row; after its task was locked, its state is final until the transaction ends. */
export const attemptById = ({ db }: Sql, id: number): Promise<AttemptRow> =>
  db.selectFrom('attempts').select(COLUMNS).where('id', '=', id).executeTakeFirstOrThrow();

export async function findAttempts({ db }: Sql, attempts: readonly AttemptId[]): Promise<AttemptRow[]> {
  if (attempts.length === 0) return [];
  return db.selectFrom('attempts').select(COLUMNS).where('public_id', 'in', attempts).execute();
}

export interface HeldAttempt {
  readonly id: number;
  readonly public_id: AttemptId;
  readonly job_id: number;
  readonly state: 'leased' | 'reported';
  readonly lease_until: number;
  readonly idx: number;
  readonly input_hash: BlobHash | null;
  readonly input_size: number | null;
}

/** What a device has leased, or reported without a decision yet; oldest first. */
export async function heldAttempts({ db }: Sql, deviceId: number): Promise<HeldAttempt[]> {
  const rows = await db
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .select([
      'attempts.id as id',
      'attempts.public_id as public_id',
      'attempts.job_id as job_id',
      'attempts.state as state',
      'attempts.lease_until as lease_until',
      'tasks.idx as idx',
      'tasks.input_hash as input_hash',
      'tasks.input_size as input_size',
    ])
    .where('attempts.device_id', '=', deviceId)
    .where('attempts.state', 'in', OPEN)
    .orderBy('attempts.id')
    .execute();
  return rows.map((row) => ({ ...row, state: row.state === 'reported' ? 'reported' : 'leased' }));
}

/** Renews leases that still stand. */
export async function renewLeases({ db }: Sql, ids: readonly number[], until: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable('attempts')
    .set({ lease_until: until })
    .where('id', 'in', ids)
    .where('state', '=', raw.lit('leased'))
    .execute();
}

/** Whether any device has a lease. */
export async function hasLeases({ db }: Sql): Promise<boolean> {
  const row = await db
    .selectFrom('attempts')
    .select('id')
    .where('state', '=', raw.lit('leased'))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives every lease that ends sooner this much time. */
export async function extendLeases({ db }: Sql, until: number): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ lease_until: until })
    .where('state', '=', raw.lit('leased'))
    .where('lease_until', '<', until)
    .execute();
}

/** Leases that have run out, by task, so that all who lock tasks do it in one order. */
export const lapsedAttempts = (
  { db }: Sql,
  now: number,
  limit: number,
): Promise<{ id: number; task_id: number }[]> =>
  db
    .selectFrom('attempts')
    .select(['id', 'task_id'])
    .where('state', '=', raw.lit('leased'))
    .where('lease_until', '<=', now)
    .orderBy('lease_until')
    .limit(limit)
    .execute();

export async function setAttemptState(
  { db }: Sql,
  ids: readonly number[],
  change: { state: AttemptState; ended_at?: number; lease_until?: number; message?: string },
): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable('attempts').set(change).where('id', 'in', ids).execute();
}

/** Ends every attempt of a job that is out or undecided. @returns the devices that must hear of it */
export async function cancelAttempts({ db }: Sql, jobId: number, at: number): Promise<number[]> {
  const rows = await db
    .updateTable('attempts')
    .set({ state: 'cancelled', ended_at: at })
    .where('job_id', '=', jobId)
    .where('state', 'in', OPEN)
    .returning('device_id')
    .execute();
  return [...new Set(rows.map(({ device_id }) => device_id))];
}

export interface Standing {
  readonly id: number;
  readonly public_id: AttemptId;
  readonly account: AccountId;
  readonly account_id: number;
  readonly device_id: number;
  readonly state: AttemptState;
  readonly agreement: string | null;
  readonly fuel: bigint | null;
}

/** All attempts of a task that count: leased, or with a result; oldest result first. */
export const standingsOf = ({ db }: Sql, taskId: number): Promise<Standing[]> =>
  db
    .selectFrom('attempts')
    .innerJoin('accounts', 'accounts.id', 'attempts.account_id')
    .leftJoin('results', 'results.attempt_id', 'attempts.id')
    .select([
      'attempts.id as id',
      'attempts.public_id as public_id',
      'accounts.key as account',
      'attempts.account_id as account_id',
      'attempts.device_id as device_id',
      'attempts.state as state',
      'results.agreement as agreement',
      'results.fuel as fuel',
    ])
    .where('attempts.task_id', '=', taskId)
    .where('attempts.state', 'in', LIVE)
    .orderBy('attempts.id')
    .execute();
