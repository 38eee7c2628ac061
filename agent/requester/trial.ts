// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import type { Checkpointing, WorkerPool } from '../ports.ts';
import { readBlobSource } from './blob-source.ts';
import type { PreparedJob } from './job-reader.ts';
import { runTask } from './run-task.ts';

const NOTHING = new Uint8Array();

/**
 * Begins a job's module in a worker, with too little fuel to get anywhere: so its author hears what a device would say
 * of it before anything is uploaded or paid.
 * @returns sentences that its author should know, but that stand in nobody's way
 * @throws {LullError} `invalid_module` with what is wrong with it
 */
export async function tryModule(pool: WorkerPool, job: PreparedJob, signal?: AbortSignal): Promise<string[]> {
  const { module, moduleKind, limits } = job.submission;
  const source = job.blobs.get(module.hash);
  if (source === undefined) return [];
  const notes: string[] = [];
  const tried = await runTask(
    pool,
    {
      kind: moduleKind,
      module: await readBlobSource(source),
      ...{ args: [], input: NOTHING, files: [], index: 0, count: 1, seed: '0' },
      limits: { ...limits, fuel: '1' },
    },
    signal,
    () => undefined,
    listening((refused) => notes.push(refused)),
  ).catch((error: unknown) => {
    // This computer may have less memory than the module needs: no reason not to submit it.
    if (error instanceof LullError && error.code === 'internal') return undefined;
    throw error;
  });
  const outcome = tried?.outcome;
  const isWrong = outcome?.kind === 'failed' && ['invalid_module', 'out_of_memory'].includes(outcome.code);
  if (isWrong) throw new LullError('invalid_module', `No device would run this module. ${outcome.message}`);
  return notes;
}

/** Wants no checkpoint: only to hear whether there could be any. */
function listening(refused: (why: string) => void): Checkpointing {
  return {
    everyMs: Number.MAX_SAFE_INTEGER,
    resume: [],
    begun: (how) => {
      if (how.refused !== undefined) refused(how.refused);
    },
    refused,
    snapshot: () => ({
      write: () => Promise.resolve(),
      end: () => Promise.resolve(false),
      cancel: () => undefined,
    }),
  };
}
