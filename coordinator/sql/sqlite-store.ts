// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { Kysely, SqliteDialect } from 'kysely';

import { LullError } from '../../protocol/errors.ts';
import type { Store } from '../store.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';
import type { Schema, Sql } from './schema.ts';
import { SqliteConnection } from './sqlite-database.ts';

// Primary result codes: https://www.sqlite.org/rescode.html
const BUSY = 5;
const NOT_A_DATABASE = 26;
const FULL = 13;
const CANNOT_OPEN = 14;

/** The primary result code of what `node:sqlite` threw; undefined for anything else. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

const pidFile = (path: string): string => `${path}.pid`;

/** Who holds the database, as far as it said so itself. For people: the lock is the system's, not this file. */
function holder(path: string): string {
  try {
    const pid = Number.parseInt(readFileSync(pidFile(path), 'utf8'), 10);
    return Number.isSafeInteger(pid) ? `process ${pid}` : 'another process';
  } catch {
    // The file is only for this sentence; without it the sentence says less.
    return 'another process';
  }
}

function translate(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === FULL) {
    return new LullError(
      'disk_full',
      `The disk with the coordinator's database (${path}) is full: free some space and try again. Nothing was changed.`,
      { cause: error },
    );
  }
  if (code === BUSY) {
    return new LullError(
      'already_open',
      `The database ${path} is in use by ${holder(path)}: stop that one first, or name another database.`,
      { details: { path }, cause: error },
    );
  }
  if (code === NOT_A_DATABASE) {
    return new LullError('invalid_request', `${path} is not a SQLite database: name another file.`, {
      cause: error,
    });
  }
  if (code === CANNOT_OPEN) {
    return new LullError(
      'invalid_request',
      `The database ${path} cannot be opened: check that its folder exists and may be written.`,
      { cause: error },
    );
  }
  return error;
}

/** The embedded database: one file, one process, every commit synced to the disk. */
class SqliteStore implements Store {
  readonly kind = 'sqlite';
  readonly shared = false;
  readonly #path: string;
  readonly #sql: Sql;
  #closed: Promise<void> | undefined;

  constructor(path: string, db: Kysely<Schema>) {
    this.#path = path;
    this.#sql = { kind: this.kind, db };
  }

  async read<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await work(this.#sql);
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  async write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await this.#sql.db.transaction().execute((db) => work({ kind: this.kind, db }));
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  async ping(): Promise<void> {
    await this.read(({ db }) => db.selectFrom('settings').select('key').limit(1).execute());
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      if (this.#path !== ':memory:') rmSync(pidFile(this.#path), { force: true });
      await this.#sql.db.destroy();
    })();
    return this.#closed;
  }
}

/** @throws {LullError} `already_open`, `database_too_new`, `disk_full`, `invalid_request` */
export async function openSqliteStore(path: string): Promise<Store> {
  let connection: SqliteConnection | undefined;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    connection = new SqliteConnection(path);
    const { raw } = connection;
    // Before anything reads: the first lock taken is then kept until the process ends, however it ends.
    raw.exec('pragma locking_mode = exclusive');
    const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
    const version = await schemaVersion('sqlite', db);
    raw.exec('pragma journal_mode = wal; pragma synchronous = full; begin exclusive; commit');
    if (path !== ':memory:') writeFileSync(pidFile(path), `${process.pid}\n`);
    if (version < SCHEMA_VERSION) await db.transaction().execute((tx) => migrate('sqlite', tx, version));
    return new SqliteStore(path, db);
  } catch (error) {
    connection?.close();
    throw translate(error, path);
  }
}
