// SPDX-License-Identifier: MIT
import { toError } from '../../protocol/errors.ts';
import type { Clock } from '../../protocol/clock.ts';
import {
  type FinishedTask,
  type FromWorker,
  fromWorkerSchema,
  type SlotControl,
  type ToWorker,
  type WorkerTask,
} from '../../protocol/worker-messages.ts';
import { type RunningTask, type TaskProgress, WorkerFault } from '../ports.ts';
import type { ProgramChild } from './fork-program.ts';

/** How often a worker is asked whether it lives, and how long it may be silent, ms. */
const HEARTBEAT_MS = 5_000;
const SILENCE_MS = 30_000;
/** How long a worker may take to end by itself, ms. */
const GRACE_MS = 500;
/** How long a new process may take to say that it is ready, ms. */
const READY_MS = 30_000;

/** One worker process, from its start to its end; it runs at most one task. */
export class WorkerProcess implements RunningTask {
  readonly #child: ProgramChild;
  readonly #clock: Clock;
  readonly #gone: Promise<void>;
  readonly ready: Promise<void>;
  readonly done: Promise<FinishedTask>;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (error: Error) => void = () => undefined;
  #resolveDone: (finished: FinishedTask) => void = () => undefined;
  #rejectDone: (error: Error) => void = () => undefined;
  #onProgress: (progress: TaskProgress) => void = () => undefined;
  #cancelTimer: () => void = () => undefined;
  #heardAt: number;
  #pings = 0;
  #wallLeftMs = Number.POSITIVE_INFINITY;
  #parked = false;
  #isReady = false;
  #isDone = false;
  #isGone = false;

  constructor(child: ProgramChild, clock: Clock) {
    this.#child = child;
    this.#clock = clock;
    this.#heardAt = clock.monotonic();
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.done = new Promise((resolve, reject) => {
      this.#resolveDone = resolve;
      this.#rejectDone = reject;
    });
    // Both may fail before anybody has asked.
    this.ready.catch(() => undefined);
    this.done.catch(() => undefined);
    this.#gone = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#isGone = true;
        this.#cancelTimer();
        this.#fault(why);
        resolve();
      };
      child.once('exit', (code: unknown, signal: unknown) =>
        end(`the worker ended with ${String(signal ?? code)}`),
      );
      child.once('error', (error: unknown) => end(`the worker did not start: ${toError(error).message}`));
    });
    child.on('message', (raw: unknown) => this.#receive(raw));
    this.#cancelTimer = clock.after(READY_MS, () => {
      this.#fault('the worker did not become ready');
      this.#kill();
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get gone(): Promise<void> {
    return this.#gone;
  }

  run(task: WorkerTask, control: SlotControl, onProgress: (progress: TaskProgress) => void): void {
    this.#onProgress = onProgress;
    this.#wallLeftMs = task.limits.wallMs;
    this.#parked = control.parked;
    this.#heardAt = this.#clock.monotonic();
    this.#send({ type: 'run', task, control });
    this.#beat();
  }

  control(control: SlotControl): void {
    this.#parked = control.parked;
    this.#send({ type: 'control', control });
  }

  async stop(): Promise<void> {
    this.#fault('the worker was stopped');
    if (this.#isGone) return;
    this.#child.kill('SIGTERM');
    const cancel = this.#clock.after(GRACE_MS, () => this.#kill());
    await this.#gone;
    cancel();
  }

  #kill(): void {
    if (!this.#isGone) this.#child.kill('SIGKILL');
  }

  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** Asks whether it lives, and counts the time that it may take; pauses are not counted. */
  #beat(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(HEARTBEAT_MS, () => {
      if (!this.#parked) this.#wallLeftMs -= HEARTBEAT_MS;
      const silentMs = this.#clock.monotonic() - this.#heardAt;
      if (this.#wallLeftMs <= 0) this.#giveUp('the task took longer than it may');
      else if (silentMs > SILENCE_MS) this.#giveUp('the worker did not answer');
      else {
        this.#send({ type: 'ping', id: this.#pings++ });
        this.#beat();
      }
    });
  }

  #giveUp(why: string): void {
    this.#fault(why);
    this.#kill();
  }

  #fault(why: string): void {
    const fault = new WorkerFault(why);
    if (!this.#isReady) this.#rejectReady(fault);
    if (!this.#isDone) this.#rejectDone(fault);
  }

  #receive(raw: unknown): void {
    const parsed = fromWorkerSchema.safeParse(raw);
    if (!parsed.success) return this.#giveUp('the worker sent a message that is not one');
    this.#heardAt = this.#clock.monotonic();
    this.#handle(parsed.data);
  }

  #handle(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#cancelTimer();
        this.#resolveReady();
        return;
      case 'pong':
        return;
      case 'progress':
        this.#onProgress({
          progressPermille: message.progressPermille,
          fuel: BigInt(message.fuel),
          cpuMs: message.cpuMs,
          parked: message.parked,
        });
        return;
      case 'finished':
        this.#isDone = true;
        this.#resolveDone(message);
        return;
      case 'device_fault':
        this.#fault(message.message);
        return;
    }
  }
}
