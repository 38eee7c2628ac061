// SPDX-License-Identifier: MIT
import type { Sql } from './schema.ts';

type SettingKey = 'network_seed' | 'leases_looked_at';

export async function setting({ db }: Sql, key: SettingKey): Promise<string | undefined> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value;
}

/** Keeps the value unless there is one. @returns the one that stands */
export async function settingOnce(sql: Sql, key: SettingKey, value: string): Promise<string> {
  await sql.db
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await setting(sql, key)) ?? value;
}

export async function setSetting({ db }: Sql, key: SettingKey, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}
