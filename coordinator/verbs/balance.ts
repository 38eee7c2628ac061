// SPDX-License-Identifier: MIT
import { accountOf } from '../../protocol/ledger.ts';
import { change, type Context } from '../context.ts';
import type { Handler } from '../handlers.ts';
import { balanceOf, escrowedBy } from '../sql/balances.ts';
import { accountOfSigner } from './signer.ts';
import { visit } from './starting-credits.ts';

/** What an account has, and what its running jobs have put aside. */
export const balance =
  (context: Context): Handler<'balance'> =>
  async (request) => {
    const account = accountOfSigner(request);
    return change(context, async (sql, after) => {
      const id = await visit(context, sql, account, after);
      const available = await balanceOf(sql, accountOf(account));
      const escrowed = await escrowedBy(sql, id);
      return { account, available: available.toString(), escrowed: escrowed.toString() };
    });
  };
