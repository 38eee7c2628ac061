// SPDX-License-Identifier: MIT
import {
  type Checkpointing,
  type RunningTask,
  type SnapshotKind,
  type TaskProgress,
  WorkerFault,
  type WorkerPool,
} from '../../agent/ports.ts';
import type { FinishedTask, SlotControl, WorkerTask } from '../../protocol/worker-messages.ts';

/** One worker process that exists only on paper: the test says what it does. */
export class ScriptedTask implements RunningTask {
  readonly pid: number;
  readonly task: WorkerTask;
  readonly checkpointing: Checkpointing | undefined;
  /** what its agent waits for when it wants a checkpoint */
  onCheckpoint: () => Promise<void> = () => Promise.resolve();
  readonly controls: SlotControl[] = [];
  readonly done: Promise<FinishedTask>;
  stopped = false;
  readonly #onProgress: (progress: TaskProgress) => void;
  #settle: { resolve: (task: FinishedTask) => void; reject: (error: Error) => void } | undefined;

  constructor(
    pid: number,
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
    checkpointing?: Checkpointing,
  ) {
    this.checkpointing = checkpointing;
    this.pid = pid;
    this.task = task;
    this.#onProgress = onProgress;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.control(control);
  }

  get parked(): boolean {
    return this.controls.at(-1)?.parked ?? true;
  }

  get dutyPercent(): number {
    return this.controls.at(-1)?.dutyPercent ?? 0;
  }

  control(control: SlotControl): void {
    this.controls.push(control);
    this.progress(0);
  }

  progress(progressPermille: number): void {
    this.#onProgress({
      progressPermille,
      fuel: BigInt(progressPermille) * 1000n,
      cpuMs: 1,
      memoryBytes: progressPermille * 65_536,
      parked: this.parked,
    });
  }

  finish(
    output: Uint8Array = Buffer.from('result'),
    outcome: FinishedTask['outcome'] = { kind: 'completed' },
  ): void {
    const measured = { fuel: '2000000000', cpuMs: 1500, peakMemoryBytes: 65_536, diagnostics: '' };
    this.#settle?.resolve({ type: 'finished', outcome, output, ...measured });
  }

  crash(message = 'the worker was killed'): void {
    this.#settle?.reject(new WorkerFault(message));
  }

  checkpoint(): Promise<void> {
    return this.onCheckpoint();
  }

  /** Makes a checkpoint of these bytes. @returns whether it was kept */
  async snapshot(
    text: string,
    { kind = 'base', cpuMs = 0 }: { kind?: SnapshotKind; cpuMs?: number } = {},
  ): Promise<boolean> {
    const sink = this.checkpointing?.snapshot(kind, cpuMs);
    await sink?.write(Buffer.from(text));
    return (await sink?.end()) === true;
  }

  /** What it was given to go on from. */
  get resumedFrom(): string[] {
    return (this.checkpointing?.resume ?? []).map((bytes) => Buffer.from(bytes).toString());
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.crash('it was stopped');
    return Promise.resolve();
  }
}

/** A pool whose workers do what the test says. */
export class ScriptedWorkers implements WorkerPool {
  readonly tasks: ScriptedTask[] = [];
  /** how often a task was announced */
  warmed = 0;
  readonly sandbox = { network: true, files: true, message: 'Tasks run only on paper.' };
  /** workers start only after this */
  starts: Promise<unknown> = Promise.resolve();
  readonly #stopped = Promise.withResolvers<never>();
  state: 'new' | 'started' | 'stopped' = 'new';

  constructor() {
    this.#stopped.promise.catch(() => undefined);
  }

  /** Those that neither ended nor were stopped are the test's to know; this is the newest one. */
  get newest(): ScriptedTask {
    const task = this.tasks.at(-1);
    if (task === undefined) throw new Error('no task was started');
    return task;
  }

  async run(
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
    checkpointing?: Checkpointing,
  ): Promise<RunningTask> {
    await Promise.race([this.starts, this.#stopped.promise]);
    const running = new ScriptedTask(1000 + this.tasks.length, task, control, onProgress, checkpointing);
    this.tasks.push(running);
    return running;
  }

  warm(): void {
    this.warmed += 1;
  }

  start(): Promise<void> {
    this.state = 'started';
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.state = 'stopped';
    this.#stopped.reject(new WorkerFault('the pool is stopped'));
    return Promise.resolve();
  }
}
