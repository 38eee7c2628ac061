// SPDX-License-Identifier: MIT
import type { LedgerAccount } from '../../protocol/ledger.ts';
import type { Sql } from './schema.ts';

export async function balanceOf({ db }: Sql, account: LedgerAccount): Promise<bigint> {
  const row = await db
    .selectFrom('balances')
    .select('amount')
    .where('account', '=', account)
    .executeTakeFirst();
  return row?.amount ?? 0n;
}

/** @returns false, and changes nothing, when an account other than `issuance` would become negative */
export async function addToBalance({ db }: Sql, account: LedgerAccount, amount: bigint): Promise<boolean> {
  await db
    .insertInto('balances')
    .values({ account, amount: 0n })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { numUpdatedRows } = await db
    .updateTable('balances')
    .set((eb) => ({ amount: eb('amount', '+', amount) }))
    .where('account', '=', account)
    .$if(account !== 'issuance' && amount < 0n, (query) => query.where('amount', '>=', -amount))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** What the account's running jobs have put aside. */
export async function escrowedBy({ db }: Sql, accountId: number): Promise<bigint> {
  const jobs = await db
    .selectFrom('jobs')
    .select(['escrowed', 'paid', 'refunded'])
    .where('account_id', '=', accountId)
    .where('state', '=', 'running')
    .execute();
  return jobs.reduce((sum, job) => sum + job.escrowed - job.paid - job.refunded, 0n);
}
