// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';
import { toError } from '../../protocol/errors.ts';
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
import { TaskDeadline } from './worker-deadline.ts';

/** How often a worker is asked whether it lives, and how long it may be silent, ms. */
export const HEARTBEAT_MS = 5000;
export const SILENCE_MS = 30_000;
/** How long a worker may take to end by itself, ms. */
export const GRACE_MS = 500;
/** How long a new process may take to say that it is ready, ms. */
export const READY_MS = 30_000;
/** An honest worker sends four and a few more in a second. */
export const MOST_MESSAGES_A_SECOND = 40;

/** `starting` → `idle` → `running` → `ended`; from anywhere to `ended`. Its process may live a little longer. */
type Stage = 'starting' | 'idle' | 'running' | 'ended';

/** One worker process, from its start to its end; it runs at most one task. Nothing that it says is believed. */
export class WorkerProcess implements RunningTask {
  readonly ready: Promise<void>;
  readonly done: Promise<FinishedTask>;
  /** Resolves when the process is gone; with what it ended, for the log. */
  readonly gone: Promise<string>;
  readonly #child: ProgramChild;
  readonly #clock: Clock;
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<FinishedTask>();
  readonly #gone = Promise.withResolvers<string>();
  #stage: Stage = 'starting';
  #isGone = false;
  #task: WorkerTask | undefined;
  #deadline: TaskDeadline | undefined;
  #onProgress: (progress: TaskProgress) => void = () => undefined;
  #cancelTimer: () => void;
  #heardAt: number;
  #pings = 0;
  #window = { startedAt: 0, messages: 0 };

  constructor(child: ProgramChild, clock: Clock) {
    this.#child = child;
    this.#clock = clock;
    this.#heardAt = clock.monotonic();
    this.ready = this.#ready.promise;
    this.done = this.#done.promise;
    this.gone = this.#gone.promise;
    // Both may fail before anybody has asked.
    this.ready.catch(() => undefined);
    this.done.catch(() => undefined);
    child.on('message', (raw: unknown) => this.#receive(raw));
    child.once('exit', (code: unknown, signal: unknown) =>
      this.#ended(`the worker ended with ${String(signal ?? code)}`),
    );
    child.on('error', (error: unknown) => {
      const why = `the worker failed: ${toError(error).message}`;
      if (child.pid === undefined) this.#ended(why);
      else this.#giveUp(why);
    });
    this.#cancelTimer = clock.after(READY_MS, () => this.#giveUp('the worker did not become ready'));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get hasRun(): boolean {
    return this.#deadline !== undefined;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  run(task: WorkerTask, control: SlotControl, onProgress: (progress: TaskProgress) => void): void {
    if (this.#stage !== 'idle') throw new WorkerFault('the worker cannot take a task');
    this.#stage = 'running';
    this.#task = task;
    this.#onProgress = onProgress;
    this.#heardAt = this.#clock.monotonic();
    this.#deadline = new TaskDeadline(this.#clock, task.limits.wallMs, control);
    this.#send({ type: 'run', task, control });
    this.#watch();
  }

  control(control: SlotControl): void {
    if (this.#stage !== 'running') return;
    this.#deadline?.control(control);
    this.#send({ type: 'control', control });
    this.#watch();
  }

  async stop(): Promise<void> {
    this.#fault('the worker was stopped');
    if (this.#isGone) return;
    this.#child.kill('SIGTERM');
    const cancel = this.#clock.after(GRACE_MS, () => this.#child.kill('SIGKILL'));
    await this.gone;
    cancel();
  }

  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** Asks whether it lives, and ends it when its time is over. */
  #watch(): void {
    this.#cancelTimer();
    const leftMs = this.#deadline?.wallMsLeft ?? Infinity;
    this.#cancelTimer = this.#clock.after(Math.min(HEARTBEAT_MS, leftMs), () => {
      if (this.#deadline?.isOver === true) return this.#giveUp('the task took longer than it may');
      if (this.#clock.monotonic() - this.#heardAt > SILENCE_MS)
        return this.#giveUp('the worker did not answer');
      this.#send({ type: 'ping', id: this.#pings++ });
      this.#watch();
    });
  }

  #giveUp(why: string): void {
    this.#fault(why);
    if (!this.#isGone) this.#child.kill('SIGKILL');
  }

  #fault(why: string): void {
    if (this.#stage === 'ended') return;
    this.#end();
    const fault = new WorkerFault(why);
    this.#ready.reject(fault);
    this.#done.reject(fault);
  }

  #end(): void {
    this.#stage = 'ended';
    this.#cancelTimer();
    this.#onProgress = () => undefined;
    this.#task = undefined;
  }

  #ended(why: string): void {
    this.#isGone = true;
    this.#fault(why);
    this.#gone.resolve(why);
  }

  #receive(raw: unknown): void {
    if (this.#stage === 'ended') return;
    if (this.#isFlood()) return this.#giveUp('the worker sent too many messages');
    const parsed = fromWorkerSchema.safeParse(raw);
    if (!parsed.success) return this.#giveUp('the worker sent a message that is not one');
    this.#heardAt = this.#clock.monotonic();
    this.#handle(parsed.data);
  }

  #isFlood(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#window.startedAt >= 1000) this.#window = { startedAt: now, messages: 0 };
    this.#window.messages += 1;
    return this.#window.messages > MOST_MESSAGES_A_SECOND;
  }

  #handle(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        if (this.#stage !== 'starting') return this.#giveUp('the worker began a second time');
        this.#stage = 'idle';
        this.#cancelTimer();
        return this.#ready.resolve();
      case 'pong':
        return;
      case 'progress':
        return this.#onProgress({
          progressPermille: message.progressPermille,
          fuel: BigInt(message.fuel),
          cpuMs: message.cpuMs,
          parked: message.parked,
        });
      case 'finished':
        return this.#finish(message);
      case 'device_fault':
        return this.#giveUp(message.message);
    }
  }

  #finish(finished: FinishedTask): void {
    const limits = this.#task?.limits;
    if (limits === undefined) return this.#giveUp('the worker finished a task that it did not have');
    if (BigInt(finished.fuel) > BigInt(limits.fuel) || finished.output.length > limits.outputBytes)
      return this.#giveUp('the worker says that the task used more than it may');
    this.#end();
    this.#done.resolve(finished);
    // It has nothing left to do and nothing to lose.
    this.#child.kill('SIGKILL');
  }
}
