// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { SignedTreeHead } from '../../protocol/ledger.ts';
import { consistencyProof, inclusionProof } from '../../protocol/merkle.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { entriesFrom, entryAt } from '../sql/ledger-entries.ts';
import { latestHead, nodeReader } from '../sql/ledger-tree.ts';
import type { Sql } from '../sql/schema.ts';

const hexes = (hashes: readonly Uint8Array[]): string[] =>
  hashes.map((hash) => Buffer.from(hash).toString('hex'));

async function headOf(sql: Sql): Promise<SignedTreeHead> {
  const head = await latestHead(sql);
  if (head === undefined)
    throw new LullError('shutting_down', 'The ledger is not open yet: try again in a moment.');
  return head;
}

/** @throws {LullError} `not_found` for a tree that the network has never signed */
async function checkSize(sql: Sql, size: number): Promise<void> {
  const { head } = await headOf(sql);
  if (size <= head.size) return;
  throw new LullError(
    'not_found',
    `The ledger has ${head.size} entries, not ${size}: ask for a tree up to that size.`,
    {
      details: { size: head.size },
    },
  );
}

export const ledgerHead =
  ({ store }: Context): Handler<'ledgerHead'> =>
  async () =>
    store.read(headOf);

export const ledgerInclusion =
  ({ store }: Context): Handler<'ledgerInclusion'> =>
  async ({ query: { leaf, size } }) =>
    store.read(async (sql) => {
      await checkSize(sql, size);
      const entry = leaf < size ? await entryAt(sql, leaf) : undefined;
      if (entry === undefined) {
        throw new LullError(
          'not_found',
          `A tree of ${size} leaves has no leaf ${leaf}: leaves count from 0.`,
        );
      }
      const hashes = hexes(await inclusionProof(nodeReader(sql), leaf, size));
      return { entry, proof: { leafIndex: leaf, treeSize: size, hashes } };
    });

export const ledgerConsistency =
  ({ store }: Context): Handler<'ledgerConsistency'> =>
  async ({ query: { from, to } }) =>
    store.read(async (sql) => {
      if (from > to) {
        throw new LullError('invalid_request', `"from" (${from}) must not be more than "to" (${to}).`);
      }
      await checkSize(sql, to);
      return { from, to, hashes: hexes(await consistencyProof(nodeReader(sql), from, to)) };
    });

export const ledgerEntries =
  ({ store }: Context): Handler<'ledgerEntries'> =>
  async ({ query: { from, limit } }) =>
    store.read(async (sql) => ({ entries: await entriesFrom(sql, from, limit) }));
