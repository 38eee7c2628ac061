// SPDX-License-Identifier: MIT
import type { ColumnType, Generated, Kysely } from 'kysely';

import type { AccountId, AttemptId, BlobHash, DeviceId, JobId, ReceiptId } from '../../protocol/ids.ts';
import type { JobState, ModuleKind, Purpose } from '../../protocol/job.ts';

/*
 * The tables as code sees them. Integer columns come back as numbers, columns of money and fuel as bigints, in
 * both databases (see value-types in migrations.ts). Times are ms since the epoch by the coordinator's clock.
 */

/** Micro-credits or fuel: never a float. */
type Whole = ColumnType<bigint, bigint, bigint>;

export interface AccountTable {
  id: Generated<number>;
  key: AccountId;
  created_at: number;
}

export interface DeviceTable {
  id: Generated<number>;
  key: DeviceId;
  account_id: number;
  name: string;
  /** JSON, as the device said it */
  capabilities: string;
  /** sequence number of its newest receipt */
  receipts_latest: number;
  created_at: number;
  updated_at: number;
}

export interface JobTable {
  id: Generated<number>;
  public_id: JobId;
  account_id: number;
  name: string;
  description: string;
  purpose: Purpose;
  kind: ModuleKind;
  state: JobState;
  quorum: number;
  /** JSON: what all tasks of the job share */
  spec: string;
  memory_bytes: number;
  fuel_limit: Whole;
  /** micro-credits per 10⁹ units of fuel */
  price: Whole;
  /** the network's part when the job was submitted: a later change of the fee is not this job's */
  fee_basis_points: number;
  task_count: number;
  completed: number;
  failed: number;
  escrowed: Whole;
  paid: Whole;
  refunded: Whole;
  /** decimal text: the sum over a big job may pass 64 bits */
  fuel: string;
  created_at: number;
  deadline_at: number;
  ended_at: number | null;
}

/** `pending`: attempts may be handed out. `full`: all are. `ended`: its job ended first. */
export type TaskState = 'pending' | 'full' | 'completed' | 'failed' | 'ended';

export interface TaskTable {
  id: Generated<number>;
  job_id: number;
  idx: number;
  state: TaskState;
  /** attempts that may still be handed out */
  need: number;
  /** attempts that ended without a result through a device's fault */
  faults: number;
  input_hash: BlobHash | null;
  input_size: number | null;
  /** the attempt whose result is canonical */
  canonical_id: number | null;
  agreed: number;
}

/** Of these, `leased`, `reported`, `paid` and `refused` take the account's one place in the task. */
export type AttemptState = 'leased' | 'reported' | 'paid' | 'refused' | 'expired' | 'returned' | 'cancelled';

export interface AttemptTable {
  id: Generated<number>;
  public_id: AttemptId;
  task_id: number;
  job_id: number;
  account_id: number;
  device_id: number;
  state: AttemptState;
  lease_until: number;
  created_at: number;
  ended_at: number | null;
  /** why it was returned, in the device's words */
  message: string | null;
}

export interface ResultTable {
  attempt_id: number;
  task_id: number;
  /** results with the same key agree */
  agreement: string;
  outcome: string;
  output_hash: BlobHash;
  output_size: number;
  fuel: Whole;
  cpu_ms: number;
  signature: string;
  at: number;
}

export interface ReceiptTable {
  id: Generated<number>;
  public_id: ReceiptId;
  device_id: number;
  sequence: number;
  entry_id: number;
  /** JSON of the signed receipt */
  body: string;
}

export interface LedgerEntryTable {
  id: Generated<number>;
  /** given by the sequencer; null until then */
  leaf_index: number | null;
  cause: string;
  kind: 'grant' | 'escrow' | 'pay' | 'refund';
  attempt_id: number | null;
  /** the entry's canonical JSON: the bytes that are hashed */
  body: string;
  leaf_hash: Uint8Array;
}

/** Hashes of the perfect subtrees over leaves [idx·2^level, (idx+1)·2^level). */
export interface LedgerNodeTable {
  level: number;
  idx: number;
  hash: Uint8Array;
}

/** One row: the newest signed head. Whoever sequences holds its lock. */
export interface LedgerHeadTable {
  id: number;
  size: number;
  /** JSON of the signed head */
  body: string;
}

export interface BalanceTable {
  account: string;
  amount: Whole;
}

export interface NonceTable {
  key: string;
  nonce: string;
  at: number;
}

export interface RequestKeyTable {
  account_id: number;
  key: string;
  job_id: number;
}

export interface SettingTable {
  key: string;
  value: string;
}

export interface Schema {
  accounts: AccountTable;
  devices: DeviceTable;
  jobs: JobTable;
  tasks: TaskTable;
  attempts: AttemptTable;
  results: ResultTable;
  receipts: ReceiptTable;
  ledger_entries: LedgerEntryTable;
  ledger_nodes: LedgerNodeTable;
  ledger_head: LedgerHeadTable;
  balances: BalanceTable;
  nonces: NonceTable;
  request_keys: RequestKeyTable;
  settings: SettingTable;
}

/** The two databases. */
export type StoreKind = 'sqlite' | 'postgres';

/** What a verb of this folder works with: a transaction, or single reads. */
export interface Sql {
  readonly kind: StoreKind;
  readonly db: Kysely<Schema>;
}
