// SPDX-License-Identifier: MIT
import { fork } from 'node:child_process';

import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { SlotControl, WorkerTask } from '../../protocol/worker-messages.ts';
import { type RunningTask, type TaskProgress, WorkerFault, type WorkerPool } from '../ports.ts';
import type { ForkProgram } from './fork-program.ts';
import { workerFlags } from './worker-permissions.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkerPoolOptions {
  /** program of the worker: dist/worker.js, or worker/main.ts from sources */
  readonly entry: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** how this host starts a program; `fork` of node:child_process by default */
  readonly launch?: ForkProgram;
  /** flags of Node for the worker, besides those of the permission model */
  readonly execArgv?: readonly string[];
}

/** Waits after a worker that did not start, ms: doubled each time. */
const FIRST_BACK_OFF_MS = 250;
const MOST_BACK_OFF_MS = 30_000;

/** Worker processes as children of this one: one per running task, and one warm spare once a task has run. */
export function forkWorkerPool(options: WorkerPoolOptions): WorkerPool {
  return new ForkWorkerPool(options);
}

class ForkWorkerPool implements WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #launch: ForkProgram;
  readonly #all = new Set<WorkerProcess>();
  #spare: WorkerProcess | undefined;
  #failures = 0;
  #cancelRespawn: () => void = () => undefined;
  #stopped = true;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#launch = options.launch ?? ((entry, args, forkOptions) => fork(entry, [...args], forkOptions));
  }

  start(_signal: AbortSignal): Promise<void> {
    this.#stopped = false;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRespawn();
    this.#spare = undefined;
    await Promise.all([...this.#all].map((worker) => worker.stop()));
  }

  async run(
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
  ): Promise<RunningTask> {
    if (this.#stopped) throw new WorkerFault('the worker pool is stopped');
    const worker = this.#take();
    try {
      await worker.ready;
    } catch (error) {
      this.#failures++;
      throw error;
    }
    this.#failures = 0;
    if (this.#stopped) throw new WorkerFault('the worker pool is stopped');
    worker.run(task, control, onProgress);
    this.#warm();
    return worker;
  }

  #take(): WorkerProcess {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare === undefined || spare.isGone ? this.#spawn() : spare;
  }

  /** Starts the next spare; after failures, later and later. */
  #warm(): void {
    this.#cancelRespawn();
    if (this.#spare !== undefined || this.#stopped) return;
    const delay =
      this.#failures === 0 ? 0 : Math.min(FIRST_BACK_OFF_MS * 2 ** this.#failures, MOST_BACK_OFF_MS);
    this.#cancelRespawn = this.#options.clock.after(delay, () => {
      if (this.#spare === undefined && !this.#stopped) this.#spare = this.#spawn();
    });
  }

  #spawn(): WorkerProcess {
    const { entry, clock, logger, execArgv } = this.#options;
    const child = this.#launch(entry, [], {
      serialization: 'advanced',
      execArgv: [...workerFlags(entry), ...(execArgv ?? [])],
      // Nothing of the owner's environment reaches a stranger's task.
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.on('data', (chunk: unknown) =>
      logger.warn('worker says', { text: String(chunk).slice(0, 2000) }),
    );
    const worker = new WorkerProcess(child, clock);
    this.#all.add(worker);
    void worker.gone.then(() => {
      this.#all.delete(worker);
      if (this.#spare !== worker) return;
      this.#spare = undefined;
      this.#failures++;
      this.#warm();
    });
    return worker;
  }
}
