// SPDX-License-Identifier: MIT
import type { SlotState } from '../protocol/agent-state.ts';
import { type Clock, sleep } from '../protocol/clock.ts';
import type { AttemptLease } from '../protocol/coordinator-api.ts';
import type { Passport } from '../protocol/passport.ts';
import type { FinishedTask, SlotControl, WorkerTask } from '../protocol/worker-messages.ts';
import { abortable } from './abortable.ts';
import type { Background } from './background.ts';
import { passportOf } from './passport.ts';
import { type RunningTask, type TaskProgress, type Verdict, WorkerFault, type WorkerPool } from './ports.ts';
import { SlotCheckpoints, type SlotCheckpointsParts } from './slot-checkpoints.ts';

const PARKED: SlotControl = { parked: true, dutyPercent: 1 };
/** So many faults without a new checkpoint in between, and the attempt is given back. */
const MOST_FAULTS = 3;
/** How long a task that will be parked may go on for a checkpoint, where nobody is kept waiting by it, ms. */
const LAST_CHECKPOINT_MS = 2000;
const NO_PROGRESS: TaskProgress = { progressPermille: 0, fuel: 0n, cpuMs: 0, memoryBytes: 0, parked: false };

export interface SlotParts {
  readonly background: Background;
  readonly clock: Clock;
  readonly pool: WorkerPool;
  /** @param fetched is told of bytes that come over the network */
  readonly fetch: (
    lease: AttemptLease,
    signal: AbortSignal,
    fetched: (bytes: number) => void,
  ) => Promise<WorkerTask>;
  readonly checkpoints: Omit<SlotCheckpointsParts, 'changed'>;
  readonly verdict: (lease: AttemptLease) => Verdict;
  /** Its worker failed, and it has a checkpoint. @returns ms until it may go on from there; undefined: it may not */
  readonly retryAfter: (slot: Slot, fault: WorkerFault) => number | undefined;
  /** a worker has taken so much more processor time, ms */
  readonly spent: (cpuMs: number) => void;
  /** a worker has begun, and computes unless it is parked */
  readonly began: () => void;
  readonly changed: () => void;
}

/**
 * `waiting` → `fetching` → `started` → ended; `fetched` in between while it may not run. A started slot runs or
 * is parked, as its worker says.
 */
type Stage = 'waiting' | 'fetching' | 'fetched' | 'started';

/** One attempt from its lease to its end in a worker process. */
export class Slot {
  readonly lease: AttemptLease;
  readonly #parts: SlotParts;
  readonly #cancel = new AbortController();
  #stage: Stage = 'waiting';
  #startedAt: number;
  #bytesFetched = 0;
  #control: SlotControl = PARKED;
  #allowed: (() => void) | undefined;
  #running: RunningTask | undefined;
  #progress = NO_PROGRESS;
  /** ends the wait for the last checkpoint before it is parked */
  #winding: AbortController | undefined;
  #released = false;
  readonly #checkpoints: SlotCheckpoints;

  constructor(lease: AttemptLease, parts: SlotParts) {
    this.lease = lease;
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    const { changed } = parts;
    this.#checkpoints = new SlotCheckpoints(lease.attempt, { ...parts.checkpoints, changed });
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Whether it computes, or would within one period. */
  get isRunning(): boolean {
    return this.#running !== undefined && !this.#control.parked;
  }

  get progress(): TaskProgress {
    return this.#progress;
  }

  /** Aborted once the attempt is ended from here. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Says how the slot may run from now on. @param checkpointFirst parking may wait for a checkpoint, for a moment */
  control(control: SlotControl, { checkpointFirst = false } = {}): void {
    if (checkpointFirst && control.parked && this.#running !== undefined && !this.#control.parked) {
      this.#windDown(this.#running, control);
      return;
    }
    this.#winding?.abort();
    this.#winding = undefined;
    const { parked, dutyPercent, phase } = this.#control;
    if (control.parked === parked && control.dutyPercent === dutyPercent && control.phase === phase) return;
    this.#control = control;
    this.#running?.control(control);
    if (!control.parked) this.#allowed?.();
    this.#parts.changed();
  }

  /**
   * Fetches and runs the task; starts no process while parked.
   * @returns undefined when it was released: it waits again, and goes on from its checkpoint when it is run again
   * @throws {WorkerFault} the device's fault; {LullError} what fetching met; anything, once cancelled
   */
  async run(): Promise<FinishedTask | undefined> {
    const { signal } = this.#cancel;
    this.#startedAt = this.#parts.clock.now();
    this.#enter('fetching');
    this.#parts.pool.warm();
    const task = await this.#parts.fetch(this.lease, signal, (bytes) => {
      this.#bytesFetched += bytes;
    });
    for (let faults = 1, saved = 0; ; faults++) {
      await this.#untilAllowed();
      signal.throwIfAborted();
      if (this.#released) return this.#waitAgain();
      try {
        return await this.#runOnce(task, signal);
      } catch (error) {
        if (this.#released && !signal.aborted) return this.#waitAgain();
        if (this.#checkpoints.count > saved) faults = 1;
        saved = this.#checkpoints.count;
        await this.#mayGoOn(error, faults);
      }
    }
  }

  /** Makes a checkpoint now, if one can be made; resolves when there is nothing to wait for. */
  async checkpoint(): Promise<void> {
    await this.#running?.checkpoint();
  }

  /** Gives its memory back: what is parked is let go of, process and all. The attempt is kept. */
  async release(): Promise<void> {
    if (this.#released || (this.#stage !== 'started' && this.#stage !== 'fetched')) return;
    this.#released = true;
    this.#allowed?.();
    if (this.#running !== undefined) await this.#end(this.#running);
  }

  /** Whether another worker, now or after a restart of Lull, could go on from a checkpoint. */
  get hasCheckpoint(): boolean {
    return this.#checkpoints.has;
  }

  /** The attempt has ended for good: its checkpoints are of no more use. */
  forget(): Promise<void> {
    return this.#checkpoints.forget();
  }

  /** Ends the attempt here; resolves when its process is gone. */
  async stop(): Promise<void> {
    this.#cancel.abort();
    this.#allowed?.();
    if (this.#running !== undefined) await this.#end(this.#running);
  }

  /** What is known of it; whoever knows the end of it says so. */
  passport(ended: Partial<Pick<Passport, 'peakMemoryBytes' | 'bytesOut'>> = {}): Passport {
    return passportOf(this.lease, {
      startedAt: this.#startedAt,
      bytesFetched: this.#bytesFetched,
      peakMemoryBytes: this.#progress.memoryBytes > 0 ? this.#progress.memoryBytes : null,
      bytesOut: 0,
      ...ended,
    });
  }

  state(): SlotState {
    const { attempt, task, jobName, purpose } = this.lease;
    const stage = this.#stage;
    const parked =
      stage === 'waiting' || stage === 'fetched' || (stage === 'started' && this.#progress.parked);
    return {
      attempt,
      task,
      jobName,
      purpose,
      state: parked ? 'parked' : stage === 'started' ? 'running' : 'fetching',
      progressPermille: this.#progress.progressPermille,
      fuel: this.#progress.fuel.toString(),
      passport: this.passport(),
      pid: this.#running?.pid ?? null,
      checkpoint: this.#checkpoints.state(this.#progress.cpuMs),
    };
  }

  async #runOnce(task: WorkerTask, signal: AbortSignal): Promise<FinishedTask> {
    let spentMs = 0;
    const spent = (cpuMs: number): void => {
      if (cpuMs > spentMs) this.#parts.spent(cpuMs - spentMs);
      spentMs = Math.max(spentMs, cpuMs);
    };
    const running = await this.#launch(task, signal, spent);
    this.#running = running;
    this.#enter('started');
    this.#parts.began();
    try {
      const finished = await running.done;
      spent(finished.cpuMs);
      return { ...finished, cpuMs: this.#checkpoints.cpuMs(finished.cpuMs) };
    } finally {
      this.#running = undefined;
    }
  }

  /** Waits until another worker may take over. @throws what happened, when none may */
  async #mayGoOn(error: unknown, faults: number): Promise<void> {
    const { signal } = this.#cancel;
    const retries =
      error instanceof WorkerFault && !signal.aborted && this.hasCheckpoint && faults < MOST_FAULTS;
    const waitMs = retries ? this.#parts.retryAfter(this, error) : undefined;
    if (waitMs === undefined) throw error;
    this.#enter('fetching');
    await sleep(this.#parts.clock, waitMs, signal);
  }

  async #launch(task: WorkerTask, signal: AbortSignal, spent: (cpuMs: number) => void): Promise<RunningTask> {
    const checkpointing = await this.#checkpoints.next();
    signal.throwIfAborted();
    const control = this.#control;
    const told = (progress: TaskProgress): void => {
      spent(progress.cpuMs);
      this.#progress = { ...progress, cpuMs: this.#checkpoints.cpuMs(progress.cpuMs) };
      this.#parts.changed();
    };
    const verdict = this.#parts.verdict(this.lease);
    const launching = this.#parts.pool.run(task, control, told, checkpointing, verdict);
    try {
      const running = await abortable(launching, signal);
      if (control !== this.#control) running.control(this.#control);
      return running;
    } catch (error) {
      // A pool may take long to make a process, and nobody wants it any more: it is ended when it comes.
      if (signal.aborted) this.#parts.background.run('ending a late worker', this.#endLate(launching));
      throw error;
    }
  }

  /** Lets a running task go on until it has made a checkpoint, if it makes one soon; then it holds. */
  #windDown(running: RunningTask, control: SlotControl): void {
    if (this.#winding !== undefined) return;
    const giveUp = new AbortController();
    this.#winding = giveUp;
    const made = Promise.race([
      running.checkpoint(),
      sleep(this.#parts.clock, LAST_CHECKPOINT_MS, giveUp.signal),
    ]);
    const then = made.then(() => {
      if (!giveUp.signal.aborted) this.control(control);
    });
    this.#parts.background.run('a checkpoint before parking', then);
  }

  /** What was done since the last checkpoint is lost with the memory. */
  #waitAgain(): undefined {
    this.#released = false;
    this.#progress = this.hasCheckpoint
      ? { ...this.#progress, cpuMs: this.#checkpoints.savedCpuMs }
      : NO_PROGRESS;
    this.#enter('waiting');
  }

  async #endLate(launching: Promise<RunningTask>): Promise<void> {
    const running = await launching.catch(() => undefined);
    if (running !== undefined) await this.#end(running);
  }

  async #end(running: RunningTask): Promise<void> {
    // Its rejection is the answer that run() gives; here it must only not be unhandled.
    running.done.catch(() => undefined);
    await running.stop();
  }

  async #untilAllowed(): Promise<void> {
    while (this.#control.parked && !this.signal.aborted && !this.#released) {
      this.#enter('fetched');
      await new Promise<void>((resolve) => {
        this.#allowed = resolve;
      });
    }
    this.#allowed = undefined;
    this.#enter('fetching');
  }

  #enter(stage: Stage): void {
    this.#stage = stage;
    this.#parts.changed();
  }
}
