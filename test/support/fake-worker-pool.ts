// SPDX-License-Identifier: MIT
import { type RunningTask, type TaskProgress, WorkerFault, type WorkerPool } from '../../agent/ports.ts';
import type { FinishedTask, SlotControl, WorkerTask } from '../../protocol/worker-messages.ts';

/** What a fake task does: how it ends, when it is not stopped before. */
export type FakeProgram = (task: WorkerTask, slot: FakeSlot) => Promise<FinishedTask>;

/** What a program of a fake pool is given to work with. */
export interface FakeSlot {
  /** Resolves when the slot is not parked. Rejects when the task is stopped. */
  readonly mayRun: () => Promise<void>;
  readonly report: (progressPermille: number) => void;
}

/** A task that completed with this output. */
export const completed = (output: Uint8Array, fuel = 1000n): FinishedTask => ({
  type: 'finished',
  outcome: { kind: 'completed' },
  output,
  diagnostics: '',
  fuel: fuel.toString(),
  cpuMs: 1,
  peakMemoryBytes: 65_536,
});

class FakeTask implements RunningTask {
  readonly pid: number;
  readonly done: Promise<FinishedTask>;
  readonly #ended = Promise.withResolvers<never>();
  readonly #onProgress: (progress: TaskProgress) => void;
  #resumed = Promise.withResolvers<void>();
  #control: SlotControl;
  #permille = 0;

  constructor(
    pid: number,
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
    program: FakeProgram,
  ) {
    this.pid = pid;
    this.#control = control;
    this.#onProgress = onProgress;
    this.#ended.promise.catch(() => undefined);
    const slot: FakeSlot = {
      mayRun: () => this.#mayRun(),
      report: (permille) => {
        this.#permille = permille;
        this.#tell();
      },
    };
    this.done = Promise.race([program(task, slot), this.#ended.promise]);
    this.done.catch(() => undefined);
    this.#tell();
  }

  control(control: SlotControl): void {
    const changed = control.parked !== this.#control.parked;
    this.#control = control;
    if (changed) this.#tell();
    if (control.parked) return;
    this.#resumed.resolve();
    this.#resumed = Promise.withResolvers<void>();
  }

  checkpoint(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#ended.reject(new WorkerFault('the worker was stopped'));
    return Promise.resolve();
  }

  async #mayRun(): Promise<void> {
    while (this.#control.parked) await Promise.race([this.#resumed.promise, this.#ended.promise]);
  }

  #tell(): void {
    const { parked } = this.#control;
    this.#onProgress({ progressPermille: this.#permille, fuel: 0n, cpuMs: 0, memoryBytes: 65_536, parked });
  }
}

/** A worker pool without processes and without WebAssembly: each task is a function of the test. */
export class FakeWorkerPool implements WorkerPool {
  readonly sandbox = { network: true, files: true, message: 'Tasks run only on paper.' };
  readonly #program: FakeProgram;
  readonly #tasks: FakeTask[] = [];
  #started = false;

  constructor(program: FakeProgram) {
    this.#program = program;
  }

  warm(): void {
    // There is no process to warm.
  }

  start(): Promise<void> {
    this.#started = true;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#started = false;
    await Promise.all(this.#tasks.map((task) => task.stop()));
  }

  run(
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
  ): Promise<RunningTask> {
    if (!this.#started) return Promise.reject(new WorkerFault('the worker pool is stopped'));
    const running = new FakeTask(1000 + this.#tasks.length, task, control, onProgress, this.#program);
    this.#tasks.push(running);
    return Promise.resolve(running);
  }
}
