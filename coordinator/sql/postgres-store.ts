// SPDX-License-Identifier: MIT
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

import { LullError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { Store } from '../store.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';
import type { Schema, Sql } from './schema.ts';

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const TRIES = 10;
/** Names the lock that migrations are done under; any number, the same for ever. */
const MIGRATION_LOCK = 5_850_112;

const INT8 = 20;
const NUMERIC = 1700;

function safeInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is no safe integer`);
  return number;
}

/** Money and fuel are numeric and become bigints; every other whole number is a safe integer. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (oid === INT8) return safeInteger;
    if (oid === NUMERIC) return BigInt;
    return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
  },
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Serialization failure, deadlock, and two leases of one task for one account: the second try sees the first. */
const mayRetry = (error: unknown): boolean => {
  const code = codeOf(error);
  if (code === '40001' || code === '40P01') return true;
  return code === '23505' && (error as pg.DatabaseError).constraint === 'attempts_one_per_account';
};

const NO_ANSWER = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|EPIPE|ENOENT|EACCES|57P0|08|53300)/;

function translate(error: unknown): unknown {
  const code = codeOf(error);
  if (code === '53100') {
    return new LullError(
      'disk_full',
      'The disk of the PostgreSQL database is full: free some space there and try again. Nothing was changed.',
      { cause: error },
    );
  }
  const lost =
    error instanceof Error && /Connection terminated|timeout exceeded when trying/.test(error.message);
  if (lost || (code !== undefined && NO_ANSWER.test(code))) {
    return new LullError(
      'unreachable',
      'The PostgreSQL database does not answer: check that it runs and that its address is right.',
      { cause: error },
    );
  }
  if (code !== undefined && /^(28|3D)/.test(code)) {
    return new LullError(
      'unreachable',
      `PostgreSQL refuses the connection (${(error as Error).message}): check user, password and database name.`,
      { cause: error },
    );
  }
  return error;
}

/** A database that many coordinator processes share. */
class PostgresStore implements Store {
  readonly kind = 'postgres';
  readonly shared = true;
  readonly #sql: Sql;
  #closed: Promise<void> | undefined;

  constructor(db: Kysely<Schema>) {
    this.#sql = { kind: this.kind, db };
  }

  async read<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await work(this.#sql);
    } catch (error) {
      throw translate(error);
    }
  }

  async write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sql.db.transaction().execute((db) => work({ kind: this.kind, db }));
      } catch (error) {
        if (attempt < TRIES && mayRetry(error)) continue;
        throw translate(error);
      }
    }
  }

  async ping(): Promise<void> {
    await this.read(({ db }) => sql`select 1`.execute(db));
  }

  close(): Promise<void> {
    this.#closed ??= this.#sql.db.destroy();
    return this.#closed;
  }
}

/** @throws {LullError} `unreachable`, `database_too_new` */
export async function openPostgresStore(url: string, logger: Logger): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types,
    application_name: 'lull',
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', (error) => logger.warn('a PostgreSQL connection broke', { message: error.message }));
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    if ((await schemaVersion('postgres', db)) < SCHEMA_VERSION) {
      await db.transaction().execute(async (tx) => {
        await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(tx);
        await migrate('postgres', tx, await schemaVersion('postgres', tx));
      });
    }
    return new PostgresStore(db);
  } catch (error) {
    await db.destroy();
    throw translate(error);
  }
}
