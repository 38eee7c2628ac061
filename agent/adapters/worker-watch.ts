// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';
import type { FromWorker, SlotControl } from '../../protocol/worker-messages.ts';
import { TaskDeadline } from './worker-deadline.ts';
import { WorkerHeartbeat } from './worker-heartbeat.ts';

/** How often a worker that computes is looked at and asked how far it is, ms. */
export const LOOK_MS = 250;
/** How often one that is parked is looked at; it is asked nothing, ms. */
export const PARKED_LOOK_MS = 5000;
/** How long a worker may leave a question unanswered, ms. */
export const SILENCE_MS = 30_000;

const NO_HEARTBEAT =
  'the module answers no heartbeat: this computer takes too long to prepare it, or to compile one of its functions';

export interface WorkerWatchParts {
  readonly clock: Clock;
  /** how long the task may take at full speed, ms */
  readonly wallMs: number;
  /** how the task begins */
  readonly control: SlotControl;
  /** CPU time that it may use without its module answering, ms */
  readonly mostSilentCpuMs: number;
  /** memory that the process has for itself, bytes; undefined: only the process can say */
  readonly memoryBytes: () => number | undefined;
  readonly memoryCeiling: number;
  /** asks the worker how far it is */
  readonly ask: () => void;
  /** something is wrong: one clause */
  readonly fault: (why: string) => void;
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);

/**
 * Watches a worker while it has a task: its time, its memory, whether it answers, whether its module does. The worker
 * has no timer of its own, which could wake it while it is parked: all that it says of itself, it is asked for here.
 */
export class WorkerWatch {
  readonly #parts: WorkerWatchParts;
  readonly #deadline: TaskDeadline;
  readonly #heartbeat: WorkerHeartbeat;
  #commanded: boolean;
  #saysParked = false;
  #isFrozen = false;
  #isAsked = false;
  /** looks since anything was heard: time that this computer slept does not count */
  #silentLooks = 0;
  #saidMemoryBytes: number | undefined;
  #cancel: () => void = () => undefined;

  constructor(parts: WorkerWatchParts) {
    this.#parts = parts;
    this.#deadline = new TaskDeadline(parts.clock, parts.wallMs, parts.control);
    this.#heartbeat = new WorkerHeartbeat(parts.mostSilentCpuMs);
    this.#commanded = parts.control.parked;
    this.#plan();
  }

  control(control: SlotControl): void {
    this.#deadline.control(control);
    // What it said before was about another command.
    if (control.parked !== this.#commanded) this.#saysParked = false;
    this.#commanded = control.parked;
    this.#plan();
  }

  /** The process is stopped as a whole, or not any more. */
  frozen(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    this.#silentLooks = 0;
    this.#plan();
  }

  heard(message: FromWorker): void {
    this.#silentLooks = 0;
    if (message.type !== 'progress') return;
    this.#isAsked = false;
    this.#saidMemoryBytes = message.processBytes;
    if (this.#heartbeat.isMissed(message)) return this.#parts.fault(NO_HEARTBEAT);
    if (message.parked === this.#saysParked) return;
    this.#saysParked = message.parked;
    this.#plan();
  }

  end(): void {
    this.#cancel();
  }

  /** It is to sleep, and does. */
  get #sleeps(): boolean {
    return this.#isFrozen || (this.#commanded && this.#saysParked);
  }

  #plan(): void {
    this.#cancel();
    const everyMs = this.#sleeps ? PARKED_LOOK_MS : LOOK_MS;
    this.#cancel = this.#parts.clock.after(Math.min(everyMs, this.#deadline.wallMsLeft), () => this.#look());
  }

  #look(): void {
    const fault = this.#foundFault();
    if (fault !== undefined) return this.#parts.fault(fault);
    if (!this.#sleeps) this.#ask();
    this.#plan();
  }

  /** Never twice: a worker that was held up would have to answer everything at once. */
  #ask(): void {
    if (this.#isAsked) this.#silentLooks += 1;
    else this.#parts.ask();
    this.#isAsked = true;
  }

  #foundFault(): string | undefined {
    if (this.#deadline.isOver) return 'the task took longer than it may';
    if (this.#silentLooks > SILENCE_MS / LOOK_MS) return 'the worker did not answer';
    const used = this.#parts.memoryBytes() ?? this.#saidMemoryBytes;
    const { memoryCeiling } = this.#parts;
    if (used === undefined || used <= memoryCeiling) return undefined;
    return `the worker took ${megabytes(used)} MB of memory, and ${megabytes(memoryCeiling)} MB is the most that it may for this task`;
  }
}
