// SPDX-License-Identifier: MIT
import type { AccountId } from '../../protocol/ids.ts';
import type { Sql } from './schema.ts';

/** The account's row; makes it when it is new. */
export async function ensureAccount({ db }: Sql, key: AccountId, at: number): Promise<number> {
  const find = db.selectFrom('accounts').select('id').where('key', '=', key);
  const known = await find.executeTakeFirst();
  if (known !== undefined) return known.id;
  await db
    .insertInto('accounts')
    .values({ key, created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await find.executeTakeFirstOrThrow()).id;
}

/** The account's row; undefined when nobody has heard of it. */
export async function findAccount({ db }: Sql, key: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('key', '=', key as AccountId)
    .executeTakeFirst();
  return row?.id;
}

export async function accountKey({ db }: Sql, id: number): Promise<AccountId> {
  return (await db.selectFrom('accounts').select('key').where('id', '=', id).executeTakeFirstOrThrow()).key;
}

/** Keeps other submissions of the account out until the transaction ends. */
export async function lockAccount({ kind, db }: Sql, id: number): Promise<void> {
  if (kind !== 'postgres') return;
  await db.selectFrom('accounts').select('id').where('id', '=', id).forNoKeyUpdate().execute();
}
