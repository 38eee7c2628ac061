// SPDX-License-Identifier: MIT
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';

import { z } from 'zod';

import { type ActivityItem, activityItemSchema, type ReceiptSummary } from '../../protocol/agent-state.ts';
import { type AttemptLease, attemptLeaseSchema, resultReportSchema } from '../../protocol/coordinator-api.ts';
import { parseAt } from '../../protocol/errors.ts';
import {
  accountIdSchema,
  type AttemptId,
  attemptIdSchema,
  type BlobHash,
  blobHashSchema,
  type PublicKey,
  publicKeySchema,
  type ReceiptId,
} from '../../protocol/ids.ts';
import {
  type Receipt,
  type ReceiptProof,
  receiptProofSchema,
  receiptSchema,
  type SignedTreeHead,
  signedTreeHeadSchema,
} from '../../protocol/ledger.ts';
import type { AgentStore, EnergyDay, ModuleFaults, OutboxItem, TrafficBytes } from '../ports.ts';
import { migrateAgentDatabase } from './agent-migrations.ts';
import { fromSqlite } from './sqlite-errors.ts';

const HIGH = 10n ** 15n;
/** How many activity items are kept. */
const KEPT_ACTIVITY = 1000;
/** How many modules are remembered as proved. */
const KEPT_PROOFS = 1000;

const storedActivitySchema = activityItemSchema.omit({ attempt: true });

/** Of how many modules it is kept how often they failed. */
const KEPT_MODULE_FAULTS = 1000;
const moduleFaultsSchema = z.object({
  module: blobHashSchema,
  jobName: z.string(),
  publisher: accountIdSchema,
  reason: z.string(),
  at: z.int(),
  faults: z.int(),
  software: z.string(),
});

const energyDaySchema = z.object({
  day: z.int(),
  currency: z.string(),
  runningMs: z.number(),
  joules: z.number(),
  cost: z.number().nullable(),
  co2Grams: z.number(),
});

type Row = Record<string, SQLOutputValue>;
type FactName = 'network_key' | 'last_head' | 'last_head_checked_at';

const json = (schemaName: string, text: SQLOutputValue | undefined): unknown => {
  if (typeof text !== 'string') throw new TypeError(`the stored ${schemaName} is not a text`);
  return JSON.parse(text);
};

const activityOfRow = (row: Row): ActivityItem => ({
  attempt: attemptIdSchema.parse(row['attempt']),
  ...parseAt(storedActivitySchema, json('activity', row['item']), 'A stored activity', 'internal'),
});

/**
 * The agent's memory in one SQLite file: WAL, and synchronous=FULL, so that what was said to be kept is on the
 * disk, power cut or not.
 * @throws {LullError} `database_too_new`, `disk_full`
 */
export function openSqliteAgentStore(path: string): AgentStore {
  try {
    const db = new DatabaseSync(path);
    try {
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000');
      migrateAgentDatabase(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
    return new SqliteAgentStore(db, path);
  } catch (error) {
    throw fromSqlite(error, path);
  }
}

class SqliteAgentStore implements AgentStore {
  readonly #db: DatabaseSync;
  readonly #path: string;

  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
  }

  addToOutbox(item: OutboxItem): void {
    this.#run(
      'INSERT INTO outbox (attempt, job_name, report, output) VALUES (?, ?, ?, ?) ON CONFLICT (attempt) DO NOTHING',
      item.attempt,
      item.jobName,
      JSON.stringify(item.report),
      item.output,
    );
  }

  outboxAttempts(): readonly AttemptId[] {
    return this.#all('SELECT attempt FROM outbox ORDER BY position').map((row) =>
      attemptIdSchema.parse(row['attempt']),
    );
  }

  outboxItem(attempt: AttemptId): OutboxItem | undefined {
    const row = this.#get('SELECT job_name, report, output FROM outbox WHERE attempt = ?', attempt);
    if (row === undefined) return undefined;
    return {
      attempt,
      jobName: z.string().parse(row['job_name']),
      report: parseAt(
        resultReportSchema,
        json('report', row['report']),
        'A result in the outbox',
        'internal',
      ),
      output: z.instanceof(Uint8Array).parse(row['output']),
    };
  }

  removeFromOutbox(attempt: AttemptId): void {
    this.#run('DELETE FROM outbox WHERE attempt = ?', attempt);
  }

  holdLease(lease: AttemptLease): void {
    this.#run(
      'INSERT INTO held_leases (attempt, lease) VALUES (?, ?) ON CONFLICT (attempt) DO UPDATE SET lease = excluded.lease',
      lease.attempt,
      JSON.stringify(lease),
    );
  }

  heldLeases(): readonly AttemptLease[] {
    // One that this version cannot read is as good as lost: the coordinator hands it out again.
    return this.#all('SELECT lease FROM held_leases ORDER BY position').flatMap((row) => {
      const lease = attemptLeaseSchema.safeParse(json('lease', row['lease']));
      return lease.success ? [lease.data] : [];
    });
  }

  releaseLease(attempt: AttemptId): void {
    this.#run('DELETE FROM held_leases WHERE attempt = ?', attempt);
  }

  keepProof(module: BlobHash, by: string): void {
    this.#together(() => {
      this.#run('DELETE FROM proved_modules WHERE module = ?', module);
      this.#run('INSERT INTO proved_modules (module, proved_by) VALUES (?, ?)', module, by);
      this.#run(
        'DELETE FROM proved_modules WHERE position <= (SELECT max(position) FROM proved_modules) - ?',
        KEPT_PROOFS,
      );
    });
  }

  provedBy(module: BlobHash): string | undefined {
    const row = this.#get('SELECT proved_by FROM proved_modules WHERE module = ?', module);
    return row === undefined ? undefined : z.string().parse(row['proved_by']);
  }

  addReceipt(sequence: number, receipt: Receipt): void {
    const amount = BigInt(receipt.statement.amount);
    this.#run(
      'INSERT INTO receipts (id, sequence, at, amount_high, amount_low, receipt) VALUES (?, ?, ?, ?, ?, ?) ' +
        'ON CONFLICT DO NOTHING',
      receipt.statement.id,
      sequence,
      receipt.statement.at,
      amount / HIGH,
      amount % HIGH,
      JSON.stringify(receipt),
    );
  }

  setProof(id: ReceiptId, proof: ReceiptProof): void {
    this.#run('UPDATE receipts SET proof = ? WHERE id = ?', JSON.stringify(proof), id);
  }

  receiptsSeen(): number {
    return Number(this.#get('SELECT coalesce(max(sequence), 0) AS seen FROM receipts')?.['seen']);
  }

  unverifiedReceipts(limit: number): readonly Receipt[] {
    const rows = this.#all(
      'SELECT receipt FROM receipts WHERE proof IS NULL ORDER BY sequence LIMIT ?',
      limit,
    );
    return rows.map((row) =>
      parseAt(receiptSchema, json('receipt', row['receipt']), 'A stored receipt', 'internal'),
    );
  }

  proof(id: ReceiptId): ReceiptProof | undefined {
    const text = this.#get('SELECT proof FROM receipts WHERE id = ?', id)?.['proof'] ?? null;
    if (text === null) return undefined;
    return parseAt(receiptProofSchema, json('proof', text), 'A stored proof', 'internal');
  }

  receipts(limit: number): readonly ReceiptSummary[] {
    const rows = this.#all(
      'SELECT receipt, proof IS NOT NULL AS verified FROM receipts ORDER BY sequence DESC LIMIT ?',
      limit,
    );
    return rows.map((row) => {
      const { statement } = parseAt(
        receiptSchema,
        json('receipt', row['receipt']),
        'A stored receipt',
        'internal',
      );
      const { id, jobName, task, amount, fuel, at } = statement;
      return { id, jobName, task, amount, fuel, at, verified: row['verified'] === 1 };
    });
  }

  receiptCount(): number {
    return Number(this.#get('SELECT count(*) AS count FROM receipts')?.['count']);
  }

  earnedSince(at: number): bigint {
    const statement = this.#db.prepare(
      'SELECT coalesce(sum(amount_high), 0) AS high, coalesce(sum(amount_low), 0) AS low FROM receipts ' +
        'WHERE proof IS NOT NULL AND at >= ?',
    );
    statement.setReadBigInts(true);
    const row = z.object({ high: z.bigint(), low: z.bigint() }).parse(statement.get(at));
    return row.high * HIGH + row.low;
  }

  lastHead(): SignedTreeHead | undefined {
    const text = this.#fact('last_head');
    if (text === undefined) return undefined;
    return parseAt(signedTreeHeadSchema, JSON.parse(text), 'The stored tree head', 'internal');
  }

  setLastHead(head: SignedTreeHead, checkedAt: number): void {
    this.#together(() => {
      this.#setFact('last_head', JSON.stringify(head));
      this.#setFact('last_head_checked_at', String(checkedAt));
    });
  }

  lastHeadCheckedAt(): number | undefined {
    const text = this.#fact('last_head_checked_at');
    return text === undefined ? undefined : Number(text);
  }

  keepEvidence(older: SignedTreeHead, newer: SignedTreeHead, at: number): void {
    this.#run(
      'INSERT INTO evidence (at, older, newer) VALUES (?, ?, ?)',
      at,
      JSON.stringify(older),
      JSON.stringify(newer),
    );
  }

  evidenceCount(): number {
    return Number(this.#get('SELECT count(*) AS count FROM evidence')?.['count']);
  }

  networkKey(): PublicKey | undefined {
    const text = this.#fact('network_key');
    return text === undefined ? undefined : publicKeySchema.parse(text);
  }

  setNetworkKey(key: PublicKey): void {
    this.#setFact('network_key', key);
  }

  addActivity({ attempt, ...item }: ActivityItem): void {
    this.#together(() => {
      this.#run(
        'INSERT INTO activity (attempt, position, item) ' +
          'VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM activity), ?) ' +
          'ON CONFLICT (attempt) DO UPDATE SET position = excluded.position, item = excluded.item',
        attempt,
        JSON.stringify(item),
      );
      this.#run(
        'DELETE FROM activity WHERE position <= (SELECT max(position) FROM activity) - ?',
        KEPT_ACTIVITY,
      );
    });
  }

  activity(limit: number): readonly ActivityItem[] {
    return this.#all('SELECT attempt, item FROM activity ORDER BY position DESC LIMIT ?', limit).map(
      activityOfRow,
    );
  }

  activityOf(attempt: AttemptId): ActivityItem | undefined {
    const row = this.#get('SELECT attempt, item FROM activity WHERE attempt = ?', attempt);
    return row === undefined ? undefined : activityOfRow(row);
  }

  setModuleFaults({ module, jobName, publisher, reason, at, faults, software }: ModuleFaults): void {
    this.#together(() => {
      this.#run(
        'INSERT OR REPLACE INTO module_faults (module, job_name, publisher, reason, at, faults, software) ' +
          'VALUES (?, ?, ?, ?, ?, ?, ?)',
        module,
        jobName,
        publisher,
        reason,
        at,
        faults,
        software,
      );
      this.#run(
        'DELETE FROM module_faults WHERE module NOT IN (SELECT module FROM module_faults ORDER BY at DESC LIMIT ?)',
        KEPT_MODULE_FAULTS,
      );
    });
  }

  clearModuleFaults(module: BlobHash): void {
    this.#run('DELETE FROM module_faults WHERE module = ?', module);
  }

  moduleFaults(): readonly ModuleFaults[] {
    return this.#all(
      'SELECT module, job_name AS jobName, publisher, reason, at, faults, software FROM module_faults ORDER BY at DESC',
    ).map((row) => parseAt(moduleFaultsSchema, row, 'The stored faults of a module', 'internal'));
  }

  addEnergy({ day, currency, runningMs, joules, cost, co2Grams }: EnergyDay): void {
    this.#run(
      'INSERT INTO energy_days (day, currency, running_ms, joules, cost, co2_grams) VALUES (?, ?, ?, ?, ?, ?) ' +
        'ON CONFLICT (day, currency) DO UPDATE SET running_ms = running_ms + excluded.running_ms, ' +
        'joules = joules + excluded.joules, cost = coalesce(cost + excluded.cost, cost, excluded.cost), ' +
        'co2_grams = co2_grams + excluded.co2_grams',
      day,
      currency,
      runningMs,
      joules,
      cost,
      co2Grams,
    );
  }

  energySince(day: number): readonly EnergyDay[] {
    return this.#all(
      'SELECT day, currency, running_ms AS runningMs, joules, cost, co2_grams AS co2Grams FROM energy_days ' +
        'WHERE day >= ? ORDER BY day, currency',
      day,
    ).map((row) => parseAt(energyDaySchema, row, 'The stored energy of a day', 'internal'));
  }

  addTraffic(day: number, { sent, received }: TrafficBytes): void {
    this.#run(
      'INSERT INTO traffic_days (day, sent, received) VALUES (?, ?, ?) ' +
        'ON CONFLICT (day) DO UPDATE SET sent = sent + excluded.sent, received = received + excluded.received',
      day,
      sent,
      received,
    );
  }

  trafficOf(day: number): TrafficBytes {
    const row = this.#get('SELECT sent, received FROM traffic_days WHERE day = ?', day);
    return { sent: Number(row?.['sent'] ?? 0), received: Number(row?.['received'] ?? 0) };
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #fact(name: FactName): string | undefined {
    const row = this.#get('SELECT value FROM facts WHERE name = ?', name);
    return row === undefined ? undefined : z.string().parse(row['value']);
  }

  #setFact(name: FactName, value: string): void {
    this.#run(
      'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }

  #together(work: () => void): void {
    this.#guard(() => this.#db.exec('BEGIN IMMEDIATE'));
    try {
      work();
      this.#guard(() => this.#db.exec('COMMIT'));
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#guard(() => this.#db.prepare(sql).run(...values));
  }

  #get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#db.prepare(sql).get(...values));
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#db.prepare(sql).all(...values));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fromSqlite(error, this.#path);
    }
  }
}
