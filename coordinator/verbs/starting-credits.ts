// SPDX-License-Identifier: MIT
import type { AccountId } from '../../protocol/ids.ts';
import type { Aftermath } from '../aftermath.ts';
import type { Context } from '../context.ts';
import { grantEntry } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { ensureAccount } from '../sql/accounts.ts';
import type { Sql } from '../sql/schema.ts';

/** The account's row; its first visit makes it, and brings the network's starting credits once. */
export async function visit(
  { network, clock }: Context,
  sql: Sql,
  account: AccountId,
  after: Aftermath,
): Promise<number> {
  const at = clock.now();
  const id = await ensureAccount(sql, account, at);
  if (network.startingCredits > 0n) {
    const granted = await post(sql, [{ entry: grantEntry(account, network.startingCredits, at) }]);
    after.ledger ||= granted > 0;
  }
  return id;
}
