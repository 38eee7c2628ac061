// SPDX-License-Identifier: MIT
import { type Insertable, sql as raw } from 'kysely';

import { type LedgerEntry, ledgerEntrySchema } from '../../protocol/ledger.ts';
import type { LedgerEntryTable, Sql } from './schema.ts';

/** @returns false when an entry with this cause exists */
export async function insertEntry(
  { db }: Sql,
  entry: Omit<Insertable<LedgerEntryTable>, 'id' | 'leaf_index'>,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('ledger_entries')
    .values({ ...entry, leaf_index: null })
    .onConflict((conflict) => conflict.column('cause').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export interface UnsequencedEntry {
  readonly id: number;
  readonly attempt_id: number | null;
  readonly body: string;
  readonly leaf_hash: Uint8Array;
}

/** Entries that have no place in the log yet, oldest first. */
export const unsequencedEntries = ({ db }: Sql, limit: number): Promise<UnsequencedEntry[]> =>
  db
    .selectFrom('ledger_entries')
    .select(['id', 'attempt_id', 'body', 'leaf_hash'])
    .where('leaf_index', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();

/** Gives entries consecutive places in the log, from `first` on, in the given order. */
export async function setLeafIndexes({ db }: Sql, ids: readonly number[], first: number): Promise<void> {
  const cases = raw.join(
    ids.map((id, offset) => raw`when ${raw.lit(id)} then ${raw.lit(first + offset)}`),
    raw` `,
  );
  await db
    .updateTable('ledger_entries')
    .set({ leaf_index: raw<number>`case id ${cases} end` })
    .where('id', 'in', ids)
    .execute();
}

const parse = (body: string): LedgerEntry => ledgerEntrySchema.parse(JSON.parse(body));

export async function entryAt({ db }: Sql, leaf: number): Promise<LedgerEntry | undefined> {
  const row = await db
    .selectFrom('ledger_entries')
    .select('body')
    .where('leaf_index', '=', leaf)
    .executeTakeFirst();
  return row === undefined ? undefined : parse(row.body);
}

/** Entries from a leaf on, in the order of the log. */
export async function entriesFrom({ db }: Sql, leaf: number, limit: number): Promise<LedgerEntry[]> {
  const rows = await db
    .selectFrom('ledger_entries')
    .select('body')
    .where('leaf_index', '>=', leaf)
    .orderBy('leaf_index')
    .limit(limit)
    .execute();
  return rows.map(({ body }) => parse(body));
}
