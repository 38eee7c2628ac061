// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { FinishedTask, WorkerTask } from '../../protocol/worker-messages.ts';
import { type Checkpointing, type TaskProgress, WorkerFault, type WorkerPool } from '../ports.ts';

const TRIES = 3;
const FULL_SPEED = { parked: false, dutyPercent: 100 } as const;

/**
 * Runs one task here, at full speed; a worker that fails is replaced and the task begun again.
 * @throws {LullError} `shutting_down` when the signal aborts; `internal` when the workers keep failing.
 */
export async function runTask(
  pool: WorkerPool,
  task: WorkerTask,
  signal?: AbortSignal,
  onProgress: (progress: TaskProgress) => void = () => undefined,
  checkpointing?: Checkpointing,
): Promise<FinishedTask> {
  for (let tried = 1; ; tried++) {
    throwIfStopped(signal);
    const running = await pool.run(task, FULL_SPEED, onProgress, checkpointing);
    const stop = (): void => void running.stop().catch(() => undefined);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      return await running.done;
    } catch (error) {
      throwIfStopped(signal);
      if (!(error instanceof WorkerFault)) throw error;
      if (tried < TRIES) continue;
      throw new LullError('internal', `The task could not be run on this computer: ${error.message}.`, {
        cause: error,
      });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new LullError('shutting_down', 'Stopped before it was finished.');
}
