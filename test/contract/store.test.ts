// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { ensureAccount } from '../../coordinator/sql/accounts.ts';
import { addToBalance, balanceOf } from '../../coordinator/sql/balances.ts';
import { SCHEMA_VERSION } from '../../coordinator/sql/migrations.ts';
import { forgetNonces, useNonce } from '../../coordinator/sql/nonces.ts';
import { setSetting, setting, settingOnce } from '../../coordinator/sql/settings.ts';
import { openStore } from '../../coordinator/store.ts';
import { accountIdSchema } from '../../protocol/ids.ts';
import { accountOf } from '../../protocol/ledger.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { newSeed, signingKeyFromSeed } from '../../protocol/signatures.ts';
import { onEachStore } from '../support/store-adapters.ts';

const account = accountIdSchema.parse(signingKeyFromSeed(newSeed()).publicKey);

onEachStore('a store', (adapter) => {
  test('keeps what a transaction wrote, also for those who open the database later', async () => {
    const database = await adapter.database();
    const first = await adapter.open(database);
    await first.write((sql) => setSetting(sql, 'leases_looked_at', '17'));
    await first.close();
    const second = await adapter.open(database);
    expect(await second.read((sql) => setting(sql, 'leases_looked_at'))).toBe('17');
  });

  test('undoes all of a transaction that fails, and throws what it threw', async () => {
    const store = await adapter.open();
    const failure = new Error('changed my mind');
    const work = store.write(async (sql) => {
      await setSetting(sql, 'leases_looked_at', '17');
      await ensureAccount(sql, account, 1);
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await store.read((sql) => setting(sql, 'leases_looked_at'))).toBeUndefined();
    expect(await store.read(({ db }) => db.selectFrom('accounts').selectAll().execute())).toEqual([]);
  });

  test('keeps every micro-credit of the largest amounts: no float touches them', async () => {
    const store = await adapter.open();
    const large = 2n ** 63n - 1n;
    await store.write((sql) => addToBalance(sql, accountOf(account), large));
    expect(await store.read((sql) => balanceOf(sql, accountOf(account)))).toBe(large);
    await store.write((sql) => addToBalance(sql, accountOf(account), -1n));
    expect(await store.read((sql) => balanceOf(sql, accountOf(account)))).toBe(large - 1n);
  });

  test('gives other whole numbers as numbers', async () => {
    const store = await adapter.open();
    const at = Date.UTC(2026, 10, 22);
    const id = await store.write((sql) => ensureAccount(sql, account, at));
    expect(id).toBeTypeOf('number');
    const rows = await store.read(({ db }) => db.selectFrom('accounts').select('created_at').execute());
    expect(rows).toEqual([{ created_at: at }]);
  });

  test('lets no balance but issuance fall below zero', async () => {
    const store = await adapter.open();
    expect(await store.write((sql) => addToBalance(sql, 'fee', -1n))).toBe(false);
    expect(await store.write((sql) => addToBalance(sql, 'issuance', -5n))).toBe(true);
    expect(await store.read((sql) => balanceOf(sql, 'issuance'))).toBe(-5n);
    const below = store.write(({ db }) =>
      db.updateTable('balances').set({ amount: -1n }).where('account', '=', 'fee').execute(),
    );
    await expect(below).rejects.toThrow();
  });

  test('keeps the first of a value that is set once', async () => {
    const store = await adapter.open();
    expect(await store.write((sql) => settingOnce(sql, 'network_seed', 'a'))).toBe('a');
    expect(await store.write((sql) => settingOnce(sql, 'network_seed', 'b'))).toBe('a');
  });

  test('takes a nonce once per key, and again only after it was forgotten', async () => {
    const store = await adapter.open();
    const use = (key: string, at: number): Promise<boolean> =>
      store.write((sql) => useNonce(sql, key, 'n'.repeat(16), at));
    expect(await use('one', 10)).toBe(true);
    expect(await use('one', 11)).toBe(false);
    expect(await use('two', 11)).toBe(true);
    await store.write((sql) => forgetNonces(sql, 11));
    expect(await use('one', 12)).toBe(true);
    expect(await use('two', 12)).toBe(false);
  });

  test('answers a ping, and may be closed twice', async () => {
    const store = await adapter.open();
    await store.ping();
    await store.close();
    await store.close();
  });

  test('refuses a database of a newer version with a sentence that says what to do, and does not touch it', async () => {
    const database = await adapter.database();
    const store = await adapter.open(database);
    await store.write((sql) => settingOnce(sql, 'network_seed', 'kept'));
    await store.close();
    const newer = await adapter.open(database);
    await newer.write(({ db }) =>
      db
        .insertInto('schema_version' as never)
        .values({ version: SCHEMA_VERSION + 1 } as never)
        .execute(),
    );
    await newer.close();
    await expect(openStore(database, silentLogger)).rejects.toMatchObject({
      code: 'database_too_new',
      message: expect.stringMatching(/install the newer Lull/) as string,
    });
  });
});

test('says so when a database is of no kind that it knows', async () => {
  await expect(openStore('mysql://localhost/lull', silentLogger)).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('says so when PostgreSQL does not answer', async () => {
  await expect(openStore('postgres://nobody@127.0.0.1:1/none', silentLogger)).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/check that it runs/) as string,
  });
});
