// SPDX-License-Identifier: MIT
import { type Capabilities, capabilitiesSchema } from '../../protocol/coordinator-api.ts';
import type { AccountId, DeviceId } from '../../protocol/ids.ts';
import type { Sql } from './schema.ts';

export interface Device {
  readonly id: number;
  readonly accountId: number;
  readonly account: AccountId;
  readonly capabilities: Capabilities;
}

export async function findDevice({ db }: Sql, key: string): Promise<Device | undefined> {
  const row = await db
    .selectFrom('devices')
    .innerJoin('accounts', 'accounts.id', 'devices.account_id')
    .select([
      'devices.id as id',
      'devices.account_id as accountId',
      'accounts.key as account',
      'devices.capabilities as capabilities',
    ])
    .where('devices.key', '=', key as DeviceId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { ...row, capabilities: capabilitiesSchema.parse(JSON.parse(row.capabilities)) };
}

/** Sequence number of a device's newest receipt; 0 before its first. */
export async function receiptsLatest({ db }: Sql, deviceId: number): Promise<number> {
  const row = await db
    .selectFrom('devices')
    .select('receipts_latest')
    .where('id', '=', deviceId)
    .executeTakeFirst();
  return row?.receipts_latest ?? 0;
}

interface Registered {
  readonly key: DeviceId;
  readonly accountId: number;
  readonly name: string;
  readonly capabilities: Capabilities;
}

/** Adds the device, or renews what it says of itself; whose it is never changes. */
export async function saveDevice({ db }: Sql, device: Registered, at: number): Promise<void> {
  const said = { name: device.name, capabilities: JSON.stringify(device.capabilities), updated_at: at };
  await db
    .insertInto('devices')
    .values({ key: device.key, account_id: device.accountId, receipts_latest: 0, created_at: at, ...said })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(said))
    .execute();
}
