// SPDX-License-Identifier: MIT
import { openDiskCheckpointStore } from '../../agent/adapters/disk-checkpoint-store.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import type {
  Checkpointing,
  CheckpointStore,
  RunningTask,
  SnapshotSink,
  WorkerPool,
} from '../../agent/ports.ts';
import { WorkerFault } from '../../agent/ports.ts';
import { Problems } from '../../agent/problems.ts';
import { SlotCheckpoints } from '../../agent/slot-checkpoints.ts';
import type { AttemptId } from '../../protocol/ids.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { FinishedTask, WorkerTask } from '../../protocol/worker-messages.ts';

const RUNS = { parked: false, dutyPercent: 100 };
const ROOM = { mostBytes: 1e12, keepFreeBytes: 0 };

/** What happened to a task on its way. */
export interface Seen {
  begun(resumed: boolean, notResumed: string | undefined): void;
  /** a snapshot begins, or has another piece, or is about to be kept, or was kept */
  snapshot(phase: 'begins' | 'grows' | 'ends' | 'kept'): void;
}

export interface CheckpointedParts {
  readonly pool: WorkerPool;
  readonly folder: string;
  readonly attempt: AttemptId;
  readonly task: WorkerTask;
  /** computing time between two checkpoints, ms */
  readonly everyMs: number;
  readonly seen?: Partial<Seen>;
}

/** One attempt as a slot runs it, over as many workers as it takes: real processes, checkpoints on a real disk. */
export class CheckpointedTask {
  readonly #parts: CheckpointedParts;
  #begun = Promise.withResolvers<void>();

  constructor(parts: CheckpointedParts) {
    this.#parts = parts;
  }

  /** A new worker goes on from what is on the disk. */
  async start(control = RUNS): Promise<RunningTask> {
    const { pool, task } = this.#parts;
    this.#begun = Promise.withResolvers();
    const checkpoints = new SlotCheckpoints(this.#parts.attempt, {
      clock: systemClock,
      logger: silentLogger,
      problems: new Problems(() => undefined),
      everyMs: this.#parts.everyMs,
      store: await this.store(),
      changed: () => undefined,
    });
    const running = await pool.run(task, control, () => undefined, this.#watched(await checkpoints.next()));
    running.done.catch(() => undefined);
    return running;
  }

  /** Resolves when the present worker has begun with the task. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Opened anew, as after a restart of the agent. */
  store(): Promise<CheckpointStore> {
    return openDiskCheckpointStore({ folder: this.#parts.folder, limits: () => ROOM });
  }

  #watched(inner: Checkpointing): Checkpointing {
    const { seen } = this.#parts;
    return {
      ...inner,
      begun: (how) => {
        inner.begun(how);
        this.#begun.resolve();
        seen?.begun?.(how.resumed, how.notResumed);
      },
      snapshot: (kind, cpuMs) => {
        const sink = inner.snapshot(kind, cpuMs);
        seen?.snapshot?.('begins');
        return {
          write: (piece) => {
            seen?.snapshot?.('grows');
            return sink.write(piece);
          },
          end: async () => {
            seen?.snapshot?.('ends');
            const kept = await sink.end();
            if (kept) seen?.snapshot?.('kept');
            return kept;
          },
          cancel: () => sink.cancel(),
        } satisfies SnapshotSink;
      },
    };
  }
}

/** Kills its process. @returns the finished task, or undefined when the kill came first */
export async function kill(running: RunningTask): Promise<FinishedTask | undefined> {
  try {
    process.kill(running.pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
  try {
    return await running.done;
  } catch (error) {
    if (error instanceof WorkerFault) return undefined;
    throw error;
  }
}
