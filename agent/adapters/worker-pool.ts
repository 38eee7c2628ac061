// SPDX-License-Identifier: MIT
import type { ForkOptions } from 'node:child_process';
import { dirname } from 'node:path';

import type { Sandbox } from '../../protocol/agent-state.ts';
import { type Clock, sleep } from '../../protocol/clock.ts';
import { toError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { SlotControl, WorkerTask } from '../../protocol/worker-messages.ts';
import {
  type Checkpointing,
  type RunningTask,
  type TaskProgress,
  type Verdict,
  WorkerFault,
  type WorkerPool,
} from '../ports.ts';
import { forkNode, type ForkProgram, type ProgramChild } from './fork-program.ts';
import { withoutInheritedHandles } from './inherited-handles.ts';
import { type Confinement, probeConfinement, sandboxOf, UNCONFINED_APP } from './worker-confinement.ts';
import { endFirstWhenMemoryIsShort, privateMemoryOf } from './worker-memory.ts';
import { workerFlags } from './worker-permissions.ts';
import { lowerWorker } from './worker-priority.ts';
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
  /** CPU time that a worker may use without its module answering, ms */
  readonly mostSilentCpuMs?: number;
  /** memory that a process has for itself, bytes; asks the system by default */
  readonly privateMemoryOf?: (pid: number) => number | undefined;
}

/** Waits after workers that did not start, ms: doubled each time. */
const FIRST_BACK_OFF_MS = 250;
const LAST_BACK_OFF_MS = 30_000;
const MOST_LOGGED = 2000;
/** Linux takes one change of a session's priority in 100 ms from a user, whichever session. */
const LOWER_AGAIN_MS = 150;
const LOWER_TRIES = 10;
/** The largest honest module takes a few seconds to prepare, and a slow computer ten times as long. */
const MOST_SILENT_CPU_MS = 60_000;
const STDIO = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
const ENGINE_FLAGS = [
  // What the meter and the checker may need for the largest modules; a module's memory is not on this heap.
  '--max-old-space-size=1024',
  // Else a timer of V8 wakes the control thread every 8 s, while parked too, to look whether the heap could shrink.
  '--no-memory-reducer',
];

/** Worker processes as children of this one: one per running task, and one warm spare from the first task on. */
export function forkWorkerPool(options: WorkerPoolOptions): WorkerPool {
  return new ForkWorkerPool(options);
}

class ForkWorkerPool implements WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #logger: Logger;
  readonly #all = new Set<WorkerProcess>();
  #spare: WorkerProcess | undefined;
  #failures = 0;
  #notBefore = -Infinity;
  #confinement: Confinement = UNCONFINED_APP;
  #probed: Promise<Confinement> | undefined;
  /** Asked for by flags; the worker says whether they did it. */
  #permissions = true;
  #cancelSpare: () => void = () => undefined;
  #stopping = AbortSignal.abort();
  #stop = new AbortController();

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#logger = options.logger.scope({ part: 'worker-pool' });
  }

  get sandbox(): Sandbox {
    return sandboxOf(this.#confinement, this.#permissions);
  }

  async start(): Promise<void> {
    if (!this.#stopping.aborted) return;
    this.#stop = new AbortController();
    this.#stopping = this.#stop.signal;
    // Electron's utilityProcess starts nothing but its own program: no other one that could confine it.
    if (this.#options.launch !== undefined) return;
    this.#probed ??= probeConfinement(this.#options.entry, this.#logger);
    this.#confinement = await this.#probed;
  }

  warm(): void {
    this.#warm();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelSpare();
    this.#spare = undefined;
    await Promise.all([...this.#all].map((worker) => worker.stop()));
  }

  async run(
    task: WorkerTask,
    control: SlotControl,
    onProgress: (progress: TaskProgress) => void,
    checkpointing?: Checkpointing,
    verdict?: Verdict,
  ): Promise<RunningTask> {
    const worker = await this.#ready();
    worker.run(task, control, onProgress, checkpointing, verdict);
    this.#warm();
    return worker;
  }

  /** A worker that waits for its task. @throws {WorkerFault} */
  async #ready(): Promise<WorkerProcess> {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && (await this.#becameReady(spare))) return spare;
    const waitMs = this.#notBefore - this.#options.clock.monotonic();
    if (waitMs > 0) await sleep(this.#options.clock, waitMs, this.#stopping);
    this.#throwIfStopped();
    const worker = this.#spawn();
    if (await this.#becameReady(worker)) return worker;
    await worker.ready;
    throw new WorkerFault('the worker did not become ready', { beforeTask: true });
  }

  async #becameReady(worker: WorkerProcess): Promise<boolean> {
    try {
      await worker.ready;
    } catch {
      // Counted where its end is seen; the caller starts another or says so.
      this.#throwIfStopped();
      return false;
    }
    this.#throwIfStopped();
    if (worker.isGone) return false;
    this.#failures = 0;
    return true;
  }

  #throwIfStopped(): void {
    if (this.#stopping.aborted) throw new WorkerFault('the worker pool is stopped', { beforeTask: true });
  }

  /** Starts the next spare; after failures, later and later. */
  #warm(): void {
    this.#cancelSpare();
    if (this.#spare !== undefined || this.#stopping.aborted) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#notBefore - clock.monotonic());
    this.#cancelSpare = clock.after(waitMs, () => {
      if (this.#spare !== undefined || this.#stopping.aborted) return;
      const spare = this.#spawn();
      this.#spare = spare;
      spare.gone.then(
        () => {
          if (this.#spare !== spare) return;
          this.#spare = undefined;
          this.#warm();
        },
        () => undefined,
      );
    });
  }

  #failed(): void {
    const backOff = Math.min(FIRST_BACK_OFF_MS * 2 ** this.#failures, LAST_BACK_OFF_MS);
    this.#failures += 1;
    this.#notBefore = this.#options.clock.monotonic() + backOff;
  }

  #launchWorker(): ProgramChild {
    const { entry, launch, execArgv = [] } = this.#options;
    const flags = [...workerFlags(entry), ...execArgv];
    const options: ForkOptions = {
      serialization: 'advanced',
      env: environment(),
      // Not the folder that the owner has started us in.
      cwd: dirname(entry),
      // Ctrl-C in a terminal goes to its whole process group: the agent hears it and ends its workers in order.
      detached: process.platform !== 'win32',
    };
    if (launch !== undefined) return launch(entry, [], { ...options, execArgv: flags, stdio: [...STDIO] });
    const [program, ...through] = [...this.#confinement.wrapper, process.execPath];
    return withoutInheritedHandles((covers) =>
      forkNode(entry, [], {
        ...options,
        execPath: program,
        execArgv: [...through, ...ENGINE_FLAGS, ...flags],
        stdio: [...STDIO, ...covers],
      }),
    );
  }

  #spawn(): WorkerProcess {
    const { clock, mostSilentCpuMs = MOST_SILENT_CPU_MS } = this.#options;
    const { privateMemoryOf: memoryOf = privateMemoryOf } = this.#options;
    const child = this.#launchWorker();
    if (child.pid !== undefined) endFirstWhenMemoryIsShort(child.pid);
    child.stderr?.on('data', (chunk: unknown) => {
      this.#logger.warn('A worker wrote to stderr.', {
        pid: child.pid,
        text: String(chunk).slice(0, MOST_LOGGED),
      });
    });
    const worker = new WorkerProcess({
      child,
      clock,
      memoryOf,
      mostSilentCpuMs,
      mayFreeze: this.#confinement.endsWithAgent,
      onReady: (permissions) => {
        this.#permissions = permissions;
      },
    });
    this.#all.add(worker);
    // All of its threads are there when it says that it is ready, and nothing of a stranger is.
    worker.ready.then(
      () => this.#lower(child),
      () => undefined,
    );
    worker.gone.then(
      (how) => {
        this.#all.delete(worker);
        if (!worker.hasRun && !this.#stopping.aborted) this.#failed();
        this.#logger.debug('A worker process is gone.', { pid: child.pid, how });
      },
      () => undefined,
    );
    return worker;
  }

  #lower(child: ProgramChild, triesLeft = LOWER_TRIES): void {
    if (child.pid === undefined || !child.connected) return;
    try {
      lowerWorker(child.pid);
    } catch (error) {
      const isTooSoon = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (isTooSoon && triesLeft > 0) {
        this.#options.clock.after(LOWER_AGAIN_MS, () => this.#lower(child, triesLeft - 1));
        return;
      }
      this.#logger.debug('The priority of a worker could not be lowered.', { error: toError(error).message });
    }
  }
}

/** Nothing of the owner's environment reaches a stranger's task; Windows cannot start a program without this. */
function environment(): Record<string, string> {
  const { SystemRoot } = process.env;
  return process.platform === 'win32' && SystemRoot !== undefined ? { SystemRoot } : {};
}
