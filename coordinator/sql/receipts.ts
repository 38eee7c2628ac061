// SPDX-License-Identifier: MIT
import type { AccountId, AttemptId, DeviceId, JobId, ReceiptId } from '../../protocol/ids.ts';
import { type Receipt, receiptSchema } from '../../protocol/ledger.ts';
import type { Sql } from './schema.ts';

/** What a receipt says of a paid attempt. */
export interface PaidAttempt {
  readonly id: number;
  readonly attempt: AttemptId;
  readonly device: DeviceId;
  readonly deviceId: number;
  readonly account: AccountId;
  readonly job: JobId;
  readonly jobName: string;
  readonly index: number;
  readonly fuel: bigint;
  /** sequence number of the device's newest receipt */
  readonly receiptsLatest: number;
}

export async function paidAttempts({ db }: Sql, ids: readonly number[]): Promise<PaidAttempt[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('attempts')
    .innerJoin('devices', 'devices.id', 'attempts.device_id')
    .innerJoin('accounts', 'accounts.id', 'attempts.account_id')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .innerJoin('jobs', 'jobs.id', 'attempts.job_id')
    .innerJoin('results', 'results.attempt_id', 'attempts.id')
    .select([
      'attempts.id as id',
      'attempts.public_id as attempt',
      'devices.key as device',
      'devices.id as deviceId',
      'accounts.key as account',
      'jobs.public_id as job',
      'jobs.name as jobName',
      'tasks.idx as index',
      'results.fuel as fuel',
      'devices.receipts_latest as receiptsLatest',
    ])
    .where('attempts.id', 'in', ids)
    .execute();
}

export interface NewReceipt {
  readonly public_id: ReceiptId;
  readonly device_id: number;
  readonly sequence: number;
  readonly entry_id: number;
  readonly body: string;
}

/** Keeps receipts and moves each device's newest sequence number. */
export async function insertReceipts({ db }: Sql, receipts: readonly NewReceipt[]): Promise<void> {
  if (receipts.length === 0) return;
  await db.insertInto('receipts').values(receipts).execute();
  const latest = new Map<number, number>();
  for (const { device_id, sequence } of receipts)
    latest.set(device_id, Math.max(latest.get(device_id) ?? 0, sequence));
  for (const [device, sequence] of [...latest].sort(([a], [b]) => a - b)) {
    await db.updateTable('devices').set({ receipts_latest: sequence }).where('id', '=', device).execute();
  }
}

/** A device's receipts after a sequence number, oldest first. */
export async function receiptsAfter(
  { db }: Sql,
  deviceId: number,
  after: number,
  limit: number,
): Promise<{ sequence: number; receipt: Receipt }[]> {
  const rows = await db
    .selectFrom('receipts')
    .select(['sequence', 'body'])
    .where('device_id', '=', deviceId)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map(({ sequence, body }) => ({ sequence, receipt: receiptSchema.parse(JSON.parse(body)) }));
}
