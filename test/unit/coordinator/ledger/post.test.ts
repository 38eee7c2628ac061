// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { grantEntry } from '../../../../coordinator/ledger/entries.ts';
import { BooksError, post } from '../../../../coordinator/ledger/post.ts';
import { balanceOf } from '../../../../coordinator/sql/balances.ts';
import { openStore } from '../../../../coordinator/store.ts';
import { accountIdSchema } from '../../../../protocol/ids.ts';
import { accountOf, type LedgerEntry } from '../../../../protocol/ledger.ts';
import { silentLogger } from '../../../../protocol/logger.ts';
import { newSeed, signingKeyFromSeed } from '../../../../protocol/signatures.ts';

const someone = accountIdSchema.parse(signingKeyFromSeed(newSeed()).publicKey);
const account = accountOf(someone);

test('an entry whose cause was there already moves nothing again', async () => {
  const store = await openStore('sqlite::memory:', silentLogger);
  const posted = [{ entry: grantEntry(someone, 5n, 1) }];
  expect(await store.write((sql) => post(sql, posted))).toBe(1);
  expect(await store.write((sql) => post(sql, posted))).toBe(0);
  expect(await store.read((sql) => balanceOf(sql, account))).toBe(5n);
  expect(await store.read((sql) => balanceOf(sql, 'issuance'))).toBe(-5n);
  await store.close();
});

test('an entry that does not sum to zero is refused, and undoes what came before it', async () => {
  const store = await openStore('sqlite::memory:', silentLogger);
  const grant = grantEntry(someone, 5n, 1);
  const crooked: LedgerEntry = {
    ...grant,
    cause: 'crooked',
    postings: [...grant.postings, { account: 'fee', amount: '1' }],
  };
  await expect(store.write((sql) => post(sql, [{ entry: grant }, { entry: crooked }]))).rejects.toThrow(
    BooksError,
  );
  expect(await store.read((sql) => balanceOf(sql, account))).toBe(0n);
  await store.close();
});

test('an account that has less than is taken from it is refused with what it has', async () => {
  const store = await openStore('sqlite::memory:', silentLogger);
  await store.write((sql) => post(sql, [{ entry: grantEntry(someone, 5n, 1) }]));
  const entry: LedgerEntry = {
    version: 1,
    kind: 'escrow',
    cause: 'too much',
    at: 1,
    postings: [
      { account, amount: '-6' },
      { account: 'fee', amount: '6' },
    ],
  };
  await expect(store.write((sql) => post(sql, [{ entry }]))).rejects.toMatchObject({
    code: 'insufficient_credits',
    details: { available: '5', needed: '6' },
  });
  expect(await store.read((sql) => balanceOf(sql, account))).toBe(5n);
  await store.close();
});
