// SPDX-License-Identifier: MIT
import type { ActivityItem, ReceiptSummary, Sandbox } from '../protocol/agent-state.ts';
import type { AttemptLease, RouteInput, RouteName, RouteOutput } from '../protocol/coordinator-api.ts';
import type { ResultReport } from '../protocol/coordinator-api.ts';
import type { AccountId, AttemptId, BlobHash, PublicKey, ReceiptId } from '../protocol/ids.ts';
import type { BlobRef } from '../protocol/job.ts';
import type { Receipt, ReceiptProof, SignedTreeHead } from '../protocol/ledger.ts';
import type { Settings } from '../protocol/settings.ts';
import type { Signals } from '../protocol/signals.ts';
import type { Startable } from '../protocol/startable.ts';
import type { FinishedTask, SlotControl, WorkerTask } from '../protocol/worker-messages.ts';

/*
 * Everything outside the agent, on one page. Time and log are ports too: protocol/clock.ts, protocol/logger.ts.
 * Adapters are wired by constructor arguments in one composition root per host.
 */

/** What the sensors of this host can tell. `null` in a field: cannot be known here. Never throws. */
export interface Sensors extends Startable {
  /** The signals now; cheap enough to be called ten times a second. */
  read(): Signals;
  /**
   * Names of the programs that run now, without path and extension; null: cannot be known here. Reading them costs
   * more than the signals do, so it is only asked while a rule needs it; an answer may be some seconds old.
   */
  programs(): readonly string[] | null;
  /** Called when something changed by event (input, lock, unlock, power). @returns stops listening */
  onChange(listener: () => void): () => void;
}

/** Energy that the computer has taken, as far as it can be told. Never throws. */
export interface PowerMeter extends Startable {
  /**
   * What is known since the last call, which must not lie more than a minute back; cheap enough to be called once a second.
   * @param own processor time of Lull's workers since the last call, s
   * @param ownDuty what share of all threads that was, 0 to 1
   */
  read(own: { readonly cpuSeconds: number; readonly duty: number }): PowerReading;
}

/** What Lull's work drew between two readings. */
export interface PowerReading {
  readonly joules: number;
  readonly watts: number;
  readonly method: 'processor' | 'battery' | 'estimate';
  /** how far off it may be, % either way */
  readonly errorPercent: number;
}

/** Starting with the session of this user. */
export interface Autostart {
  /** whether it is set up now; null: this system offers no way that is known here */
  enabled(): Promise<boolean | null>;
  /** @throws {LullError} `internal` with a sentence that says what to do */
  set(enabled: boolean): Promise<void>;
}

/** Keeps the computer from sleeping by itself; the screen may go dark. */
export interface KeepAwake {
  /** Idempotent; never throws. @returns whether it holds now */
  set(awake: boolean): boolean;
}

/** Secrets by name. Values are seeds in base64url. */
export interface Keychain {
  /** Where secrets are really kept, for the owner to know. */
  readonly kind: 'system' | 'file_passphrase' | 'file_permissions';
  get(name: string): Promise<string | undefined>;
  /** @throws {LullError} `internal` with a sentence that says what to do, when it cannot be kept. */
  set(name: string, value: string): Promise<void>;
}

/** The time of day where the computer stands. */
export interface LocalTime {
  /** The last local midnight at or before this moment; both are ms since the epoch. */
  startOfDay(at: number): number;
  /** The first moment after `at` at which the local clock shows this full hour, ms since the epoch. */
  nextHour(at: number, hour: number): number;
  /** The local day of the week: 1 is Monday, 7 is Sunday. */
  weekday(at: number): number;
  /** What the local clock shows, whole minutes since midnight, 0 to 1439. */
  minuteOfDay(at: number): number;
}

/** Settings on disk; the same file and schema in both hosts. */
export interface SettingsStore {
  /** All settings; a bad key has fallen back alone and is named in `bad`, and the file is kept in `setAside`. */
  load(): { settings: Settings; bad: readonly string[]; setAside?: string };
  /** Writes atomically. @throws {LullError} `disk_full` */
  save(settings: Settings): void;
}

/** A task that runs in a worker process of its own. */
export interface RunningTask {
  readonly pid: number;
  /** Parks, resumes, or changes duty; takes effect within one period of the slot. */
  control(control: SlotControl): void;
  /**
   * Wants a checkpoint now. Resolves when there is nothing more to wait for: it was kept, or could not be made. A
   * parked task does not go on for it.
   */
  checkpoint(): Promise<void>;
  /** Ends the process, by force after a grace time. Resolves when it is gone. `done` then rejects. */
  stop(): Promise<void>;
  /** Resolves with the module's own outcome. @throws {WorkerFault} when it is this device's fault. */
  readonly done: Promise<FinishedTask>;
}

export interface TaskProgress {
  readonly progressPermille: number;
  readonly fuel: bigint;
  readonly cpuMs: number;
  /** of the module; it never shrinks */
  readonly memoryBytes: number;
  readonly parked: boolean;
}

/** Rejection of `RunningTask.done` when there is no outcome: the worker was killed, crashed, fell silent. */
export class WorkerFault extends Error {
  override readonly name = 'WorkerFault';
  /** The worker had no task yet: it says nothing about the module. */
  readonly beforeTask: boolean;

  constructor(
    message: string,
    { beforeTask = false, ...options }: ErrorOptions & { beforeTask?: boolean } = {},
  ) {
    super(message, options);
    this.beforeTask = beforeTask;
  }
}

/** How a task is checkpointed, and who hears of it. Nothing here throws or rejects. */
export interface Checkpointing {
  /** computing time between two checkpoints, ms */
  readonly everyMs: number;
  /** the files of a checkpoint to go on from; none: from the beginning */
  readonly resume: readonly Uint8Array[];
  /** Told once, before the first step. */
  begun(how: {
    readonly resumed: boolean;
    readonly notResumed?: string | undefined;
    readonly refused?: string | undefined;
  }): void;
  /** No more checkpoints are made: one sentence why. */
  refused(why: string): void;
  /** A snapshot comes. @param cpuMs CPU time of this worker when it was taken */
  snapshot(kind: SnapshotKind, cpuMs: number): SnapshotSink;
}

/** Whether a module was proved to be interruptible before, and who hears that it is. Nothing here throws. */
export interface Verdict {
  /** by which programs it was proved, in the words of a worker; a worker of another version proves it again */
  readonly provedBy: string | undefined;
  /** Told at most once, before anything of the module runs. */
  proved(by: string): void;
}

/** Where the bytes of one snapshot go. */
export interface SnapshotSink {
  /** Resolves when there is room for the next piece, also after a failure. */
  write(piece: Uint8Array): Promise<void>;
  /** @returns whether it is on the disk and counts */
  end(): Promise<boolean>;
  /** The rest will not come. */
  cancel(): void;
}

/** A `delta` only has what changed since the snapshot before it. */
export type SnapshotKind = 'base' | 'delta';

/** Worker processes: one per running task, and one warm spare. */
export interface WorkerPool extends Startable {
  /** A task will come soon: has a process ready for it. */
  warm(): void;
  /** What keeps its processes apart; known once the pool has started. */
  readonly sandbox: Sandbox;
  run(
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
    checkpointing?: Checkpointing,
    verdict?: Verdict,
  ): Promise<RunningTask>;
}

/** A checkpoint as it was kept. */
export interface Checkpoint {
  /** a base and its deltas */
  readonly files: readonly Uint8Array[];
  /** CPU time that the attempt had taken by then, ms */
  readonly cpuMs: number;
  /** ms since the epoch */
  readonly savedAt: number;
}

/** A snapshot that is being written: it counts only once it is committed. */
export interface CheckpointDraft {
  /** @throws {LullError} `disk_full` */
  write(piece: Uint8Array): Promise<void>;
  /** It and what it follows are on the disk when this resolves. @throws {LullError} `disk_full` */
  commit(facts: Pick<Checkpoint, 'cpuMs' | 'savedAt'>): Promise<void>;
  discard(): Promise<void>;
}

/** Checkpoints of attempts. A kill at any moment leaves the last one that was committed. */
export interface CheckpointStore {
  /** Reads and verifies. Of damaged files those before the damage are used, if any. */
  load(attempt: AttemptId): Promise<Checkpoint | undefined>;
  /** What it has of an attempt, bytes; 0: nothing. */
  size(attempt: AttemptId): number;
  /** Begins a base, which takes the place of all before, or a delta, which follows the last. @throws {LullError} `disk_full` */
  draft(attempt: AttemptId, kind: SnapshotKind): Promise<CheckpointDraft>;
  forget(attempt: AttemptId): Promise<void>;
  /** Forgets all but these. */
  sweep(keep: readonly AttemptId[]): Promise<void>;
}

/** What goes over the network is counted, and what is large takes its time. */
export interface Traffic {
  counted(bytes: TrafficBytes): void;
  /** Resolves when so many more bytes of something large may follow. @throws the signal's reason when it aborts */
  paced(bytes: number, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * The coordinator over the wire. Requests are signed by the key that the route asks for; answers are parsed.
 * @throws {LullError} with the coordinator's own code, or `unreachable`.
 */
export interface CoordinatorClient {
  readonly url: string;
  call<N extends RouteName>(name: N, input: RouteInput<N>, signal?: AbortSignal): Promise<RouteOutput<N>>;
}

/** Blobs on disk, named by their hash, bounded in size, the least recently used dropped first. */
export interface BlobCache {
  /** Reads and verifies; a damaged file is dropped and reads as undefined. */
  get(hash: BlobHash): Promise<Uint8Array | undefined>;
  /** @throws {LullError} `blob_hash_mismatch`, `disk_full`; nothing is stored then. */
  put(blob: BlobRef, bytes: Uint8Array): Promise<void>;
}

/** A result on its way to the coordinator. */
export interface OutboxItem {
  readonly attempt: AttemptId;
  /** for the activity list, should the result be lost */
  readonly jobName: string;
  readonly report: ResultReport;
  readonly output: Uint8Array;
}

/** How often a module's worker has failed on this device since it last ended as it should. */
export interface ModuleFaults {
  readonly module: BlobHash;
  readonly jobName: string;
  readonly publisher: AccountId;
  /** what the last fault was */
  readonly reason: string;
  readonly at: number;
  readonly faults: number;
  /** the program that it failed under */
  readonly software: string;
}

/** What Lull's work took on one local day, in one currency. */
export interface EnergyDay {
  /** the local midnight that the day began with, ms since the epoch */
  readonly day: number;
  /** of the cost, as in ISO 4217 */
  readonly currency: string;
  /** how long anything computed, ms */
  readonly runningMs: number;
  readonly joules: number;
  /** by the prices of their time; null: nothing of it had a price */
  readonly cost: number | null;
  readonly co2Grams: number;
}

/** Bytes over the network, with everything that goes with them. */
export interface TrafficBytes {
  readonly sent: number;
  readonly received: number;
}

/** The agent's durable memory, for one network. Every call that writes has reached the disk when it returns. */
export interface AgentStore {
  /** Adds to the outbox; the same attempt twice keeps the first. */
  addToOutbox(item: OutboxItem): void;
  /** The attempts in the outbox, oldest first. */
  outboxAttempts(): readonly AttemptId[];
  /** One item with its bytes. */
  outboxItem(attempt: AttemptId): OutboxItem | undefined;
  removeFromOutbox(attempt: AttemptId): void;

  /** Keeps a lease until it is released, over the end of this program. */
  holdLease(lease: AttemptLease): void;
  /** Oldest first. */
  heldLeases(): readonly AttemptLease[];
  releaseLease(attempt: AttemptId): void;

  /** Keeps that a module was proved, and by which programs, in place of what was kept of it before. */
  keepProof(module: BlobHash, by: string): void;
  /** By which programs the module was proved last; undefined when it never was, or long ago. */
  provedBy(module: BlobHash): string | undefined;

  addReceipt(sequence: number, receipt: Receipt): void;
  /** Keeps the checked proof with its receipt. */
  setProof(id: ReceiptId, proof: ReceiptProof): void;
  receiptsSeen(): number;
  /** Oldest first; receipts whose proof has not been checked yet. */
  unverifiedReceipts(limit: number): readonly Receipt[];
  proof(id: ReceiptId): ReceiptProof | undefined;
  receipts(limit: number): readonly ReceiptSummary[];
  receiptCount(): number;
  /** Sum of micro-credits of verified receipts since a moment (ms since the epoch). */
  earnedSince(at: number): bigint;

  lastHead(): SignedTreeHead | undefined;
  setLastHead(head: SignedTreeHead, checkedAt: number): void;
  lastHeadCheckedAt(): number | undefined;
  /** Two signed heads that cannot both be true: kept for ever. */
  keepEvidence(older: SignedTreeHead, newer: SignedTreeHead, at: number): void;
  evidenceCount(): number;

  /** The key of the network that this store belongs to, once it has been met. */
  networkKey(): PublicKey | undefined;
  /** Keeps the network's key for good. */
  setNetworkKey(key: PublicKey): void;

  /** Keeps how often a module has failed here, in place of what was kept of it. */
  setModuleFaults(faults: ModuleFaults): void;
  clearModuleFaults(module: BlobHash): void;
  /** Of all modules, newest first; only the newest thousand are kept. */
  moduleFaults(): readonly ModuleFaults[];

  /** Adds to what is kept of that day in that currency. */
  addEnergy(energy: EnergyDay): void;
  /** Of this day and later ones, oldest first. */
  energySince(day: number): readonly EnergyDay[];
  /** Adds to what is kept of a day. @param day its local midnight, ms since the epoch */
  addTraffic(day: number, bytes: TrafficBytes): void;
  trafficOf(day: number): TrafficBytes;

  /** One item per attempt: a later one takes the place of an earlier one. */
  addActivity(item: ActivityItem): void;
  /** Newest first. */
  activity(limit: number): readonly ActivityItem[];
  activityOf(attempt: AttemptId): ActivityItem | undefined;
  close(): void;
}
