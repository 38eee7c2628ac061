// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import { isBalanced, type LedgerAccount, type LedgerEntry } from '../../protocol/ledger.ts';
import { entryBytes } from '../../protocol/ledger-proofs.ts';
import { leafHash } from '../../protocol/merkle.ts';
import { addToBalance, balanceOf } from '../sql/balances.ts';
import { insertEntry } from '../sql/ledger-entries.ts';
import type { Sql } from '../sql/schema.ts';

/** Thrown when code would break the books; the transaction that tried is undone. */
export class BooksError extends Error {
  override readonly name = 'BooksError';
}

export interface Posted {
  readonly entry: LedgerEntry;
  /** the paid attempt's row, for its receipt */
  readonly attemptId?: number;
}

/**
 * Writes entries and moves the balances, in the caller's transaction. Their place in the log comes later, from
 * the sequencer. All that one transaction posts goes into one call: balances are then locked in one order, and
 * two transactions never wait for each other.
 * @returns how many were new: an entry whose cause was there already moves nothing again
 * @throws {LullError} `insufficient_credits` when an account would have less than nothing
 * @throws {BooksError} when the postings of an entry do not sum to zero
 */
export async function post(sql: Sql, posted: readonly Posted[]): Promise<number> {
  const changes = new Map<LedgerAccount, bigint>();
  let count = 0;
  for (const { entry, attemptId } of posted) {
    if (!isBalanced(entry)) throw new BooksError(`the postings of ${entry.cause} do not sum to zero`);
    const bytes = entryBytes(entry);
    const isNew = await insertEntry(sql, {
      cause: entry.cause,
      kind: entry.kind,
      attempt_id: attemptId ?? null,
      body: bytes.toString('utf8'),
      leaf_hash: leafHash(bytes),
    });
    if (!isNew) continue;
    count += 1;
    for (const { account, amount } of entry.postings) {
      changes.set(account, (changes.get(account) ?? 0n) + BigInt(amount));
    }
  }
  for (const [account, amount] of [...changes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!(await addToBalance(sql, account, amount))) throw await insufficient(sql, account, -amount);
  }
  return count;
}

async function insufficient(sql: Sql, account: LedgerAccount, needed: bigint): Promise<LullError> {
  const available = await balanceOf(sql, account);
  return new LullError(
    'insufficient_credits',
    `${account} has ${available} micro-credits, and ${needed} are needed.`,
    {
      details: { available: available.toString(), needed: needed.toString() },
    },
  );
}
