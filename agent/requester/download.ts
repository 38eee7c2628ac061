// SPDX-License-Identifier: MIT
import { LullError } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import type { BlobRef, JobStatus, TaskResult } from '../../protocol/job.ts';
import type { CoordinatorClient, WorkerPool } from '../ports.ts';
import { mergeOutputs } from './merge.ts';

const DOWNLOADS_AT_A_TIME = 4;

/** @throws {LullError} `blob_hash_mismatch` when the network sent other bytes than it named. */
async function download(
  client: CoordinatorClient,
  { hash, size }: BlobRef,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (size === 0) return new Uint8Array();
  const bytes = await client.call('getBlob', { params: { hash } }, signal);
  if (blobHashOf(bytes) === hash) return bytes;
  throw new LullError(
    'blob_hash_mismatch',
    `The network sent other bytes than it promised for blob ${hash}. Try again; if it stays so, do not trust this network.`,
  );
}

/** Downloads the outputs of a completed job, checks every hash, and merges them. */
export async function downloadMerged(
  client: CoordinatorClient,
  status: JobStatus,
  results: readonly TaskResult[],
  options: { pool: WorkerPool; signal?: AbortSignal },
): Promise<Uint8Array> {
  const { signal } = options;
  const outputs: Uint8Array[] = new Array<Uint8Array>(results.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < results.length; at = next++) {
      const result = results[at];
      if (result !== undefined) outputs[at] = await download(client, result.output, signal);
    }
  };
  await Promise.all(Array.from({ length: DOWNLOADS_AT_A_TIME }, lane));
  const { merge } = status;
  const module = (): Promise<Uint8Array> =>
    merge.kind === 'module' ? download(client, merge.module, signal) : Promise.resolve(new Uint8Array());
  return mergeOutputs(merge, outputs, { pool: options.pool, module }, signal);
}
