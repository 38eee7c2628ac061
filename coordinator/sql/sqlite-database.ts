// SPDX-License-Identifier: MIT
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import type { SqliteDatabase, SqliteStatement } from 'kysely';

const CACHED_STATEMENTS = 200;

// A JavaScript number would be bound as a float.
const bound = (value: unknown): SQLInputValue =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : (value as SQLInputValue);

class Statement implements SqliteStatement {
  readonly #statement: StatementSync;
  readonly #money: ReadonlySet<string>;
  readonly reader: boolean;

  constructor(statement: StatementSync) {
    const columns = statement.columns();
    statement.setReadBigInts(true);
    this.#statement = statement;
    this.#money = new Set(columns.filter(({ type }) => type === 'INT').map(({ name }) => name));
    this.reader = columns.length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...parameters.map(bound)).map((row) => this.#row(row));
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(...parameters.map(bound));
  }

  *iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    for (const row of this.#statement.iterate(...parameters.map(bound))) yield this.#row(row);
  }

  #row(row: Record<string, unknown>): unknown {
    for (const name in row) {
      const value = row[name];
      if (typeof value !== 'bigint' || this.#money.has(name)) continue;
      const number = Number(value);
      if (!Number.isSafeInteger(number)) throw new RangeError(`${name} = ${value} is no safe integer`);
      row[name] = number;
    }
    return row;
  }
}

/** `node:sqlite` as Kysely wants a SQLite, with its statements kept. */
export class SqliteConnection implements SqliteDatabase {
  readonly raw: DatabaseSync;
  readonly #statements = new Map<string, Statement>();

  constructor(path: string) {
    this.raw = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 0 });
  }

  prepare(sql: string): SqliteStatement {
    // A full disk may have rolled back already; a second rollback would hide why.
    if (sql === 'rollback' && !this.raw.isTransaction) return NOTHING;
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= CACHED_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    const statement = new Statement(this.raw.prepare(sql));
    this.#statements.set(sql, statement);
    return statement;
  }

  close(): void {
    this.#statements.clear();
    if (this.raw.isOpen) this.raw.close();
  }
}

const NOTHING: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};
