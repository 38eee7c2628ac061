// SPDX-License-Identifier: MIT
import type { DatabaseSync } from 'node:sqlite';

import { LullError } from '../../protocol/errors.ts';

/** Schema version n is reached by the n-th text. Texts that were released are never changed: add another. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt TEXT NOT NULL UNIQUE,
    job_name TEXT NOT NULL,
    report TEXT NOT NULL,
    output BLOB NOT NULL
  ) STRICT;
  -- An amount may be larger than 64 bits: it is high * 10^15 + low, so that both parts can be summed here.
  CREATE TABLE receipts (
    id TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    amount_high INTEGER NOT NULL,
    amount_low INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    proof TEXT
  ) STRICT;
  CREATE INDEX receipts_verified ON receipts (at, amount_high, amount_low) WHERE proof IS NOT NULL;
  CREATE INDEX receipts_unverified ON receipts (sequence) WHERE proof IS NULL;
  CREATE TABLE activity (
    attempt TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    item TEXT NOT NULL
  ) STRICT;
  CREATE TABLE evidence (
    at INTEGER NOT NULL,
    older TEXT NOT NULL,
    newer TEXT NOT NULL
  ) STRICT;
  -- Single values by name: network_key, last_head, last_head_checked_at.
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE module_faults (
    module TEXT PRIMARY KEY,
    job_name TEXT NOT NULL,
    publisher TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    software TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE held_leases (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt TEXT NOT NULL UNIQUE,
    lease TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE proved_modules (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    module TEXT NOT NULL UNIQUE,
    proved_by TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- A day is its local midnight, in ms since the epoch. What was not priced then has no cost.
  CREATE TABLE energy_days (
    day INTEGER NOT NULL,
    currency TEXT NOT NULL,
    running_ms REAL NOT NULL,
    joules REAL NOT NULL,
    cost REAL,
    co2_grams REAL NOT NULL,
    PRIMARY KEY (day, currency)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE traffic_days (
    day INTEGER PRIMARY KEY,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL
  ) STRICT;
  `,
];

export const AGENT_SCHEMA_VERSION = MIGRATIONS.length;

function versionOf(db: DatabaseSync): number {
  const row = db.prepare('PRAGMA user_version').get();
  return Number(row?.['user_version'] ?? 0);
}

/**
 * Brings the database to this version, each step whole or not at all.
 * @throws {LullError} `database_too_new`
 */
export function migrateAgentDatabase(db: DatabaseSync, path: string): void {
  const found = versionOf(db);
  if (found > AGENT_SCHEMA_VERSION) {
    throw new LullError(
      'database_too_new',
      `${path} was written by a newer Lull (version ${found} of it, this one knows ${AGENT_SCHEMA_VERSION}): install the ` +
        'newer Lull again, or use another data folder with --data. Nothing was changed.',
      { details: { found, known: AGENT_SCHEMA_VERSION } },
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < found) continue;
    db.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
