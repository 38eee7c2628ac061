// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { setSetting, setting } from '../../coordinator/sql/settings.ts';
import { openStore, type Store } from '../../coordinator/store.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { ROOT, TestProcess } from '../support/processes.ts';

const HOLDER = join(ROOT, 'test/support/store-holder.ts');

describe('the embedded database', () => {
  let folder: string;
  let path: string;
  const stores: Store[] = [];
  const processes: TestProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lull-lock-'));
    path = join(folder, 'coordinator.db');
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) await process.kill();
    for (const store of stores.splice(0)) await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (): Promise<Store> => {
    const store = await openStore(`sqlite:${path}`, silentLogger);
    stores.push(store);
    return store;
  };
  const holder = (): TestProcess => {
    const started = new TestProcess('holder', process.execPath, ['--no-warnings', HOLDER, `sqlite:${path}`]);
    processes.push(started);
    return started;
  };
  const lastWritten = (process: TestProcess): number =>
    Number([...process.output.matchAll(/wrote ([0-9]+)\n/g)].at(-1)?.[1] ?? 0);

  test('is refused to a second process, which is told who has it', async () => {
    await open();
    const refused = await holder().prints(/refused (.*)/);
    expect(JSON.parse(refused[1] ?? '')).toMatchObject({
      code: 'already_open',
      message: expect.stringMatching(
        new RegExp(`in use by process ${process.pid}: stop that one first`),
      ) as string,
    });
  });

  test('is refused to a second opener in the same process too', async () => {
    const store = await open();
    await expect(open()).rejects.toMatchObject({ code: 'already_open' });
    await store.write((sql) => setSetting(sql, 'leases_looked_at', '1'));
  });

  test('can be opened at once after its process was killed, and has everything that was durable', async () => {
    for (let round = 0; round < 5; round++) {
      const victim = holder();
      await victim.prints(/wrote [0-9]+\n[^]*wrote [0-9]+\n/);
      await expect(open()).rejects.toMatchObject({
        code: 'already_open',
        message: expect.stringContaining(`process ${victim.pid}`) as string,
      });
      await victim.kill();
      const store = await open();
      const kept = Number(await store.read((sql) => setting(sql, 'leases_looked_at')));
      // The last write may have become durable without having been said.
      expect(kept - lastWritten(victim)).toBeGreaterThanOrEqual(0);
      expect(kept - lastWritten(victim)).toBeLessThanOrEqual(1);
      await store.close();
    }
  });

  test('stays as it is, byte for byte, when a newer Lull wrote it', async () => {
    const store = await open();
    await store.close();
    const newer = new DatabaseSync(path);
    newer.exec('insert into schema_version (version) values (1000)');
    newer.close();
    const digest = async (): Promise<string> =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
    const before = await digest();
    await expect(open()).rejects.toMatchObject({ code: 'database_too_new', details: { version: 1000 } });
    expect(await digest()).toBe(before);
  });

  test('is not made out of a file that is something else', async () => {
    await writeFile(path, 'not a database, '.repeat(1000));
    await expect(open()).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await readFile(path, 'utf8')).toBe('not a database, '.repeat(1000));
  });

  test('is durable: every commit is synced', async () => {
    const store = await open();
    const { rows } = await store.read(({ db }) =>
      db.executeQuery<Record<string, unknown>>(pragma('synchronous')),
    );
    expect(rows).toEqual([{ synchronous: 2 }]);
    const journal = await store.read(({ db }) =>
      db.executeQuery<Record<string, unknown>>(pragma('journal_mode')),
    );
    expect(journal.rows).toEqual([{ journal_mode: 'wal' }]);
  });
});

const pragma = (name: string) => CompiledQuery.raw(`pragma ${name}`);
