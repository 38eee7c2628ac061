// SPDX-License-Identifier: MIT
import { forkWorkerPool } from '../agent/adapters/worker-pool.ts';
import type { WorkerPool } from '../agent/ports.ts';
import { silentLogger } from '../protocol/logger.ts';
import type { CliContext } from './context.ts';

/** Lends worker processes to a piece of work, and ends them after it. */
export async function withWorkers<T>(
  context: CliContext,
  work: (pool: WorkerPool) => Promise<T>,
): Promise<T> {
  const pool = forkWorkerPool({ entry: context.programs.worker, clock: context.clock, logger: silentLogger });
  try {
    await pool.start(new AbortController().signal);
    return await work(pool);
  } finally {
    await pool.stop();
  }
}
