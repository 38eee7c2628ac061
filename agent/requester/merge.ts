// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { Merge, TaskLimits } from '../../protocol/job.ts';
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import type { WorkerPool } from '../ports.ts';
import { runTask } from './run-task.ts';

const MIB = 1024 * 1024;

/** The merge runs here, on the requester's own computer: it may take more than a task of the job. */
const MERGE_LIMITS: TaskLimits = {
  fuel: String(10n ** 14n),
  memoryBytes: 2048 * MIB,
  outputBytes: 256 * MIB,
  wallMs: 3_600_000,
};

/** The same for every job, so that a merge can be done again from the job's outputs alone. */
const MERGE_SEED = '0';

/** Where the merge module comes from and where it runs. */
export interface MergeTools {
  readonly pool: WorkerPool;
  /** the module's bytes, their hash already checked */
  readonly module: () => Promise<Uint8Array>;
}

/** Input of a stepped merge: every output as its length (u32, little-endian) and its bytes, in index order. */
export function framed(outputs: readonly Uint8Array[]): Uint8Array {
  const frames = outputs.flatMap((output) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(output.length);
    return [length, output];
  });
  return Buffer.concat(frames);
}

/** Files of a WASI merge: `in/00000`, `in/00001`, … */
export const asFiles = (outputs: readonly Uint8Array[]): WorkerTask['files'] =>
  outputs.map((bytes, index) => ({ path: `in/${String(index).padStart(5, '0')}`, bytes }));

/**
 * Makes one output of all, in index order. The same bytes wherever it runs.
 * @throws {LullError} `invalid_module` when the merge module fails.
 */
export async function mergeOutputs(
  merge: Merge,
  outputs: readonly Uint8Array[],
  tools: MergeTools,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (merge.kind === 'concat') return Buffer.concat(outputs);
  const isStepped = merge.moduleKind === 'stepped';
  const task: WorkerTask = {
    kind: merge.moduleKind,
    module: await tools.module(),
    args: merge.args,
    input: isStepped ? framed(outputs) : new Uint8Array(),
    files: isStepped ? [] : asFiles(outputs),
    index: 0,
    count: outputs.length,
    seed: MERGE_SEED,
    limits: MERGE_LIMITS,
  };
  const finished = await runTask(tools.pool, task, signal);
  if (finished.outcome.kind === 'completed') return finished.output;
  throw new LullError(
    'invalid_module',
    `The merge module failed (${finished.outcome.code}): ${finished.outcome.message}. The tasks' own outputs are not affected.`,
    { details: { diagnostics: finished.diagnostics } },
  );
}
