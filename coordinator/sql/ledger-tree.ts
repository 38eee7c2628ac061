// SPDX-License-Identifier: MIT
import { type SignedTreeHead, signedTreeHeadSchema } from '../../protocol/ledger.ts';
import type { ReadNode } from '../../protocol/merkle.ts';
import type { Sql } from './schema.ts';

/** Rows per insert: three parameters each, far below what either database takes. */
const BATCH = 1000;

const parse = (body: string): SignedTreeHead => signedTreeHeadSchema.parse(JSON.parse(body));

/** The newest head; undefined before the first. */
export async function latestHead({ db }: Sql): Promise<SignedTreeHead | undefined> {
  const row = await db.selectFrom('ledger_head').select('body').executeTakeFirst();
  return row === undefined ? undefined : parse(row.body);
}

/** As `latestHead`, and keeps every other sequencer out until the transaction ends. */
export async function lockHead({ kind, db }: Sql): Promise<SignedTreeHead | undefined> {
  const row = await db
    .selectFrom('ledger_head')
    .select('body')
    .$if(kind === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  return row === undefined ? undefined : parse(row.body);
}

const rowOf = (head: SignedTreeHead): { size: number; body: string } => ({
  size: head.head.size,
  body: JSON.stringify(head),
});

/** Keeps the very first head; does nothing when there is one. */
export async function insertFirstHead({ db }: Sql, head: SignedTreeHead): Promise<void> {
  await db
    .insertInto('ledger_head')
    .values({ id: 1, ...rowOf(head) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function setHead({ db }: Sql, head: SignedTreeHead): Promise<void> {
  await db.updateTable('ledger_head').set(rowOf(head)).execute();
}

export interface TreeNode {
  readonly level: number;
  readonly idx: number;
  readonly hash: Uint8Array;
}

export async function insertNodes({ db }: Sql, nodes: readonly TreeNode[]): Promise<void> {
  for (let start = 0; start < nodes.length; start += BATCH) {
    await db
      .insertInto('ledger_nodes')
      .values(nodes.slice(start, start + BATCH))
      .execute();
  }
}

/** Reads perfect subtrees for protocol/merkle.ts. */
export const nodeReader =
  ({ db }: Sql): ReadNode =>
  async (level, index) => {
    const row = await db
      .selectFrom('ledger_nodes')
      .select('hash')
      .where('level', '=', level)
      .where('idx', '=', index)
      .executeTakeFirst();
    if (row === undefined) throw new RangeError(`the log has no node ${index} at level ${level}`);
    return row.hash;
  };
