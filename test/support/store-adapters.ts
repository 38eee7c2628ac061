// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe } from 'vitest';

import { openStore, type Store } from '../../coordinator/store.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { noPostgres, type PostgresCluster, startPostgres } from './postgres.ts';

/** One adapter of the storage port, with databases that live as long as one test. */
export interface StoreAdapter {
  readonly kind: Store['kind'];
  /** A new empty database. @returns what `openStore` takes */
  database(): Promise<string>;
  /** Opens a store; closed after the test. */
  open(database?: string): Promise<Store>;
}

class Adapter implements StoreAdapter {
  readonly kind: Store['kind'];
  readonly #make: () => Promise<string>;
  readonly #open: Store[] = [];

  constructor(kind: Store['kind'], make: () => Promise<string>) {
    this.kind = kind;
    this.#make = make;
  }

  database(): Promise<string> {
    return this.#make();
  }

  async open(database?: string): Promise<Store> {
    const store = await openStore(database ?? (await this.#make()), silentLogger);
    this.#open.push(store);
    return store;
  }

  async closeAll(): Promise<void> {
    for (const store of this.#open.splice(0)) await store.close();
  }
}

/** Runs the same tests on SQLite and on PostgreSQL; without the latter its tests are skipped, saying why. */
export function onEachStore(title: string, tests: (adapter: StoreAdapter) => void): void {
  describe(`${title} (sqlite)`, () => {
    const folders: string[] = [];
    const adapter = new Adapter('sqlite', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lull-store-'));
      folders.push(folder);
      return `sqlite:${join(folder, 'coordinator.db')}`;
    });
    afterEach(async () => {
      await adapter.closeAll();
      for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
    });
    tests(adapter);
  });

  const reason = noPostgres();
  describe.skipIf(reason !== undefined)(
    `${title} (postgres${reason === undefined ? '' : `: ${reason}`})`,
    () => {
      let server: PostgresCluster | undefined;
      beforeAll(async () => {
        server = await startPostgres();
      });
      afterAll(async () => {
        await server?.stop();
      });
      const adapter = new Adapter('postgres', () => {
        if (server === undefined) throw new Error('PostgreSQL has not started');
        return server.createDatabase();
      });
      afterEach(() => adapter.closeAll());
      tests(adapter);
    },
  );
}
