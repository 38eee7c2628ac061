// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import { type BlobRef, type Outcome, taskSeed } from '../../protocol/job.ts';
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import type { WorkerPool } from '../ports.ts';
import { readBlobSource } from './blob-source.ts';
import type { PreparedJob } from './job-reader.ts';
import { mergeOutputs } from './merge.ts';
import { runTask } from './run-task.ts';

export interface LocalRunOptions {
  readonly pool: WorkerPool;
  /** tasks at a time */
  readonly parallel: number;
  readonly signal?: AbortSignal;
  readonly onTask?: (done: number, total: number) => void;
}

export interface LocalTaskResult {
  readonly index: number;
  readonly outcome: Outcome;
  readonly output: Uint8Array;
  readonly fuel: bigint;
  readonly cpuMs: number;
  readonly diagnostics: string;
}

export interface LocalRun {
  /** by index */
  readonly results: readonly LocalTaskResult[];
  /** absent when a task failed: there is nothing whole to merge */
  readonly merged?: Uint8Array;
}

/** Runs a whole job on this computer, without a network: the same merged bytes as a network gives. */
export async function runLocally(job: PreparedJob, options: LocalRunOptions): Promise<LocalRun> {
  const { pool, signal } = options;
  const { submission } = job;
  const bytesOf = (ref: BlobRef): Promise<Uint8Array> => {
    const source = job.blobs.get(ref.hash);
    if (source === undefined)
      throw new LullError('unknown_blob', `The job names a blob that it does not bring: ${ref.hash}.`);
    return readBlobSource(source);
  };
  const module = await bytesOf(submission.module);
  const files = await Promise.all(
    submission.files.map(async ({ path, blob }) => ({ path, bytes: await bytesOf(blob) })),
  );
  const count = submission.tasks.length;
  const taskAt = async (index: number): Promise<WorkerTask> => {
    const input = submission.tasks[index]?.input;
    return {
      kind: submission.moduleKind,
      module,
      args: submission.args,
      input: input === undefined ? new Uint8Array() : await bytesOf(input),
      files,
      index,
      count,
      seed: taskSeed(submission.seed, index),
      limits: submission.limits,
    };
  };

  const results: LocalTaskResult[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const { outcome, output, fuel, cpuMs, diagnostics } = await runTask(pool, await taskAt(index), signal);
      results.push({ index, outcome, output, fuel: BigInt(fuel), cpuMs, diagnostics });
      options.onTask?.(results.length, count);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.parallel, count) }, lane));
  results.sort((a, b) => a.index - b.index);
  if (results.some(({ outcome }) => outcome.kind === 'failed')) return { results };

  const { merge } = submission;
  const merged = await mergeOutputs(
    merge,
    results.map(({ output }) => output),
    {
      pool,
      module: () => (merge.kind === 'module' ? bytesOf(merge.module) : Promise.resolve(new Uint8Array())),
    },
    signal,
  );
  return { results, merged };
}
