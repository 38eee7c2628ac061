// SPDX-License-Identifier: MIT
import { LullError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Sql, StoreKind } from './sql/schema.ts';
import { openSqliteStore } from './sql/sqlite-store.ts';

/**
 * Where the network's state lives, as a port. The verbs in sql/ are written once for every adapter; what differs
 * between databases is inside them. One contract suite runs on all adapters (test/contract/store.test.ts).
 */
export interface Store {
  readonly kind: StoreKind;
  /** Whether other processes may write to the same database. */
  readonly shared: boolean;

  /** Runs reads that need not see one moment. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;

  /**
   * Runs everything in one transaction: all of it is durable when this resolves, none of it when it rejects.
   * `work` may run more than once when the database asks for it, so it must have no effects outside.
   * @throws {LullError} `disk_full`, `unreachable`, or whatever `work` throws.
   */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>;

  /** @throws {LullError} `unreachable` when the database does not answer. */
  ping(): Promise<void>;

  /** Waits for what runs, then lets go of the database. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens `sqlite:PATH` (or a bare path) or `postgres://…` and takes its schema forward.
 * @throws {LullError} `already_open`, `database_too_new`, `disk_full`, `unreachable`, `invalid_request`
 */
export async function openStore(database: string, logger: Logger): Promise<Store> {
  if (/^postgres(ql)?:/.test(database)) {
    // Only now: the embedded coordinator is small because it never loads `pg`.
    const { openPostgresStore } = await import('./sql/postgres-store.ts');
    return openPostgresStore(database, logger);
  }
  if (/^[a-z]{2,}:\/\//.test(database)) {
    throw new LullError(
      'invalid_request',
      `"${database.split('://')[0]}" is not a database that Lull knows: use sqlite:PATH or postgres://….`,
    );
  }
  return openSqliteStore(database.replace(/^sqlite:/, ''));
}
