// SPDX-License-Identifier: MIT
import type { Sql } from './schema.ts';

/** @returns false when this key has used this nonce before */
export async function useNonce({ db }: Sql, key: string, nonce: string, at: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('nonces')
    .values({ key, nonce, at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function forgetNonces({ db }: Sql, before: number): Promise<void> {
  await db.deleteFrom('nonces').where('at', '<', before).execute();
}
