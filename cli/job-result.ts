// SPDX-License-Identifier: MIT
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { downloadMerged } from '../agent/requester/download.ts';
import { jobResults } from '../agent/requester/follow.ts';
import { LullError } from '../protocol/errors.ts';
import { blobHashOf } from '../protocol/hashes.ts';
import type { JobStatus, TaskResult } from '../protocol/job.ts';
import type { CliContext } from './context.ts';
import type { NetworkConnection } from './network-connection.ts';
import { withWorkers } from './workers.ts';

/** What is written beside the output of a job. Amounts are micro-credits as text. */
export interface JobReport {
  readonly job: JobStatus;
  readonly network: {
    readonly url: string;
    readonly name: string;
    readonly publicKey: string;
    readonly practice: boolean;
  };
  readonly cost: { readonly paid: string; readonly refunded: string; readonly fuel: string };
  readonly durationMs: number | null;
  readonly output: { readonly file: string; readonly bytes: number; readonly sha256: string } | null;
  readonly tasks: readonly TaskResult[];
}

/** Writes a file so that it is there whole or not at all. @throws {LullError} `disk_full` */
export async function writeWhole(file: string, bytes: Uint8Array | string): Promise<void> {
  const beside = join(dirname(resolve(file)), `.${process.pid}.lull-part`);
  try {
    await writeFile(beside, bytes);
    await rename(beside, file);
  } catch (cause) {
    await rm(beside, { force: true });
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOSPC')
      throw new LullError('disk_full', `The disk is full: ${file} was not written.`, { cause });
    if (code === 'ENOENT')
      throw new LullError('not_found', `${file} cannot be written: its folder does not exist.`, { cause });
    throw cause;
  }
}

/**
 * Fetches what a job has come to, and writes the merged output when it is complete.
 * @param out file of the merged output
 */
export async function collectResult(
  context: CliContext,
  network: NetworkConnection,
  job: JobStatus,
  out: string,
): Promise<JobReport> {
  const { client, info } = network;
  const tasks = await jobResults(client, job.id);
  let output: JobReport['output'] = null;
  if (job.state === 'completed') {
    const merged = await withWorkers(context, (pool) => downloadMerged(client, job, tasks, { pool }));
    await writeWhole(out, merged);
    output = { file: resolve(out), bytes: merged.length, sha256: blobHashOf(merged) };
  }
  return {
    job,
    network: { url: client.url, name: info.name, publicKey: info.publicKey, practice: info.practice },
    cost: { paid: job.paid, refunded: job.refunded, fuel: job.fuel },
    durationMs: job.endedAt === undefined ? null : job.endedAt - job.createdAt,
    output,
    tasks,
  };
}

/** Why a job gave no output, as a sentence; undefined when it did. */
export function failureOf({ job, tasks }: JobReport): LullError | undefined {
  const failed = tasks.find(({ outcome }) => outcome.kind === 'failed');
  const first =
    failed?.outcome.kind === 'failed'
      ? `: task ${failed.index} ended with ${failed.outcome.code}, ${failed.outcome.message}`
      : '';
  switch (job.state) {
    case 'completed':
      return undefined;
    case 'failed':
      return new LullError('job_ended', `The job failed${first}. What it did not use was given back.`);
    case 'cancelled':
      return new LullError('job_ended', 'The job was cancelled. What it did not use was given back.');
    case 'expired':
      return new LullError(
        'job_ended',
        'The job was not finished before its deadline. What it did not use was given back; submit it again with a later "deadline".',
      );
    case 'running':
      return new LullError('job_ended', 'The job is still running.');
  }
}
