// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';
import { toError } from '../../protocol/errors.ts';
import {
  type FinishedMessage,
  type FinishedTask,
  type FromWorker,
  fromWorkerSchema,
  type SlotControl,
  type ToWorker,
  type WorkerTask,
} from '../../protocol/worker-messages.ts';
import { needsOfTask, workerMemoryCeiling } from '../policy/worker-memory.ts';
import {
  type Checkpointing,
  type RunningTask,
  type TaskProgress,
  type Verdict,
  WorkerFault,
} from '../ports.ts';
import type { ProgramChild } from './fork-program.ts';
import { WorkerFreezer } from './worker-freezer.ts';
import { WorkerOffence, WorkerStreams } from './worker-streams.ts';
import { WorkerWatch } from './worker-watch.ts';

/** How long a worker may take to end by itself, ms. */
export const GRACE_MS = 500;
/** How long a new process may take to say that it is ready, ms. */
export const READY_MS = 30_000;
/** An honest worker answers four questions in a second, and sends a few more. */
export const MOST_MESSAGES_A_SECOND = 40;

/** `starting` → `idle` → `running` → `ended`; from anywhere to `ended`. Its process may live a little longer. */
type Stage = 'starting' | 'idle' | 'running' | 'ended';

export interface WorkerProcessParts {
  readonly child: ProgramChild;
  readonly clock: Clock;
  /** memory that the process has for itself, bytes; undefined: only the process can say */
  readonly memoryOf: (pid: number) => number | undefined;
  /** CPU time that it may use without its module answering, ms */
  readonly mostSilentCpuMs: number;
  /** whether it may be stopped whole: it must not outlive its agent then */
  readonly mayFreeze: boolean;
  /** whether Node's permission model holds in it */
  readonly onReady: (permissions: boolean) => void;
}

/** One worker process, from its start to its end; it runs at most one task. Nothing that it says is believed. */
export class WorkerProcess implements RunningTask {
  readonly ready: Promise<void>;
  readonly done: Promise<FinishedTask>;
  /** Resolves when the process is gone; with what it ended, for the log. */
  readonly gone: Promise<string>;
  readonly #child: ProgramChild;
  readonly #clock: Clock;
  readonly #parts: WorkerProcessParts;
  readonly #freezer: WorkerFreezer | undefined;
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<FinishedTask>();
  readonly #gone = Promise.withResolvers<string>();
  #stage: Stage = 'starting';
  #isGone = false;
  #task: WorkerTask | undefined;
  #watch: WorkerWatch | undefined;
  #streams: WorkerStreams | undefined;
  /** nothing of the module can have run yet */
  #awaitsProof = false;
  #verdict: Verdict | undefined;
  #control: SlotControl | undefined;
  #onProgress: (progress: TaskProgress) => void = () => undefined;
  readonly #cancelStart: () => void;
  #progress: TaskProgress = { progressPermille: 0, fuel: 0n, cpuMs: 0, memoryBytes: 0, parked: false };
  #window = { startedAt: 0, messages: 0 };

  constructor(parts: WorkerProcessParts) {
    const { child, clock } = parts;
    this.#parts = parts;
    this.#child = child;
    this.#clock = clock;
    this.#freezer = parts.mayFreeze
      ? new WorkerFreezer({
          clock,
          signal: (signal) => child.kill(signal),
          changed: (frozen) => this.#frozen(frozen),
        })
      : undefined;
    this.ready = this.#ready.promise;
    this.done = this.#done.promise;
    this.gone = this.#gone.promise;
    // Both may fail before anybody has asked.
    this.ready.catch(() => undefined);
    this.done.catch(() => undefined);
    child.on('message', (raw: unknown) => this.#receive(raw));
    child.once('exit', (code: unknown, signal: unknown) =>
      this.#ended(
        signal === 'SIGKILL'
          ? 'the worker was killed, by somebody or because this computer ran out of memory'
          : `the worker ended with ${String(signal ?? code)}`,
      ),
    );
    child.on('error', (error: unknown) => {
      const why = `the worker failed: ${toError(error).message}`;
      if (child.pid === undefined) this.#ended(why);
      else this.#giveUp(why);
    });
    this.#cancelStart = clock.after(READY_MS, () => this.#giveUp('the worker did not become ready'));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get hasRun(): boolean {
    return this.#watch !== undefined;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  run(
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
    checkpointing?: Checkpointing,
    verdict?: Verdict,
  ): void {
    if (this.#stage !== 'idle') throw new WorkerFault('the worker cannot take a task');
    this.#stage = 'running';
    this.#task = task;
    this.#onProgress = onProgress;
    this.#freezer?.command(control.parked);
    const { mostSilentCpuMs, memoryOf } = this.#parts;
    this.#watch = new WorkerWatch({
      clock: this.#clock,
      wallMs: task.limits.wallMs,
      control,
      mostSilentCpuMs,
      memoryBytes: () => memoryOf(this.pid),
      memoryCeiling: workerMemoryCeiling(needsOfTask(task)),
      ask: () => this.#send({ type: 'ask' }),
      fault: (why) => this.#giveUp(why),
    });
    this.#control = control;
    this.#streams = new WorkerStreams({
      limits: task.limits,
      checkpointing,
      send: (message) => this.#answer(message),
      fault: (why) => this.#giveUp(why),
    });
    const { everyMs, resume = [] } = checkpointing ?? {};
    const checkpoints = everyMs === undefined ? undefined : { everyMs, resume: [...resume] };
    this.#awaitsProof = true;
    this.#verdict = verdict;
    const provedBy = verdict?.provedBy;
    this.#send({
      type: 'run',
      task,
      control,
      ...(checkpoints && { checkpoints }),
      ...(provedBy !== undefined && { provedBy }),
    });
  }

  control(control: SlotControl): void {
    if (this.#stage !== 'running') return;
    this.#control = control;
    this.#watch?.control(control);
    this.#freezer?.command(control.parked);
    this.#send({ type: 'control', control });
  }

  async checkpoint(): Promise<void> {
    // A stopped process answers nothing; what it had half done is lost with it.
    if (this.#stage === 'running' && !this.#isFrozen)
      await this.#streams?.checkpoint(this.#control?.parked === true);
  }

  async stop(): Promise<void> {
    this.#fault('the worker was stopped');
    if (this.#isGone) return;
    // A stopped process hears nothing but this.
    this.#child.kill(this.#isFrozen ? 'SIGKILL' : 'SIGTERM');
    const cancel = this.#clock.after(GRACE_MS, () => this.#child.kill('SIGKILL'));
    await this.gone;
    cancel();
  }

  /** Answers a piece or a snapshot: the next one is wanted, and so is no flood. */
  #answer(message: ToWorker): void {
    if (message.type === 'taken') this.#window.messages -= 1;
    // Its beginning and its end.
    if (message.type === 'checkpointed') this.#window.messages -= 2;
    this.#send(message);
  }

  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  get #isFrozen(): boolean {
    return this.#freezer?.isFrozen === true;
  }

  /** Stopped as a whole, it cannot say so itself. */
  #frozen(frozen: boolean): void {
    this.#watch?.frozen(frozen);
    this.#tell({ ...this.#progress, parked: frozen });
  }

  /** Tells what is news. */
  #tell(progress: TaskProgress): void {
    const { progressPermille, fuel, memoryBytes, parked } = this.#progress;
    const isOld =
      progress.progressPermille === progressPermille &&
      progress.fuel === fuel &&
      progress.memoryBytes === memoryBytes &&
      progress.parked === parked;
    if (isOld) return;
    this.#progress = progress;
    this.#onProgress(progress);
  }

  #giveUp(why: string): void {
    this.#fault(why);
    if (!this.#isGone) this.#child.kill('SIGKILL');
  }

  #fault(why: string): void {
    if (this.#stage === 'ended') return;
    this.#end();
    const fault = new WorkerFault(why, { beforeTask: !this.hasRun });
    this.#ready.reject(fault);
    this.#done.reject(fault);
  }

  #end(): void {
    this.#stage = 'ended';
    this.#verdict = undefined;
    this.#cancelStart();
    this.#watch?.end();
    this.#freezer?.end();
    this.#onProgress = () => undefined;
    this.#task = undefined;
    this.#streams?.close();
    this.#streams = undefined;
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
    this.#watch?.heard(parsed.data);
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
        this.#cancelStart();
        this.#parts.onReady(message.permissions);
        return this.#ready.resolve();
      case 'progress':
        if (message.fuel !== '0') this.#awaitsProof = false;
        this.#freezer?.heard(message.parked);
        return this.#tell({
          progressPermille: message.progressPermille,
          fuel: BigInt(message.fuel),
          cpuMs: message.cpuMs,
          memoryBytes: message.memoryBytes,
          // It may have said this before it was stopped as a whole.
          parked: message.parked || this.#isFrozen,
        });
      case 'proved':
        return this.#proved(message.by);
      case 'begun':
      case 'checkpoints_refused':
      case 'piece':
      case 'snapshot':
      case 'snapshot_end':
        return this.#honest(() => {
          this.#awaitsProof = false;
          if (this.#streams === undefined)
            throw new WorkerOffence('the worker sent a part of a task that it does not have');
          this.#streams.receive(message);
        });
      case 'finished':
        return this.#honest(() => this.#finish(message));
      case 'device_fault':
        return this.#giveUp(message.message);
    }
  }

  /** Believed once, and only while nothing of the module can have run: what runs could say anything. */
  #proved(by: string): void {
    if (!this.#awaitsProof) return this.#giveUp('the worker proved a module that had begun');
    this.#awaitsProof = false;
    this.#verdict?.proved(by);
  }

  #honest(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WorkerOffence)) throw error;
      this.#giveUp(error.message);
    }
  }

  #finish(message: FinishedMessage): void {
    const limits = this.#task?.limits;
    if (limits === undefined || this.#streams === undefined)
      return this.#giveUp('the worker finished a task that it did not have');
    if (BigInt(message.fuel) > BigInt(limits.fuel))
      return this.#giveUp('the worker says that the task used more than it may');
    const finished = this.#streams.finish(message);
    this.#end();
    this.#done.resolve(finished);
    // It has nothing left to do and nothing to lose.
    this.#child.kill('SIGKILL');
  }
}
