// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';

import type { JobStatus } from '../../protocol/job.ts';
import type { CoordinatorClient } from '../ports.ts';
import { type BlobSource, readBlobSource } from './blob-source.ts';
import type { PreparedJob } from './job-reader.ts';

const UPLOADS_AT_A_TIME = 4;

export interface SubmitOptions {
  /** a second submission with the same key answers with the first one's job; random when absent */
  readonly requestKey?: string;
  readonly signal?: AbortSignal;
  /** bytes sent so far, of all */
  readonly onUpload?: (sent: number, total: number) => void;
}

/**
 * Uploads what a job needs and submits it. Nothing is spent before the coordinator has accepted the whole.
 * @throws {LullError} the coordinator's own, or `invalid_job` when a file changed meanwhile.
 */
export async function submitJob(
  client: CoordinatorClient,
  job: PreparedJob,
  options: SubmitOptions = {},
): Promise<JobStatus> {
  const { signal, onUpload } = options;
  const waiting = [...job.blobs.values()];
  const total = waiting.reduce((sum, { ref }) => sum + ref.size, 0);
  let sent = 0;
  const upload = async (source: BlobSource): Promise<void> => {
    const body = await readBlobSource(source);
    await client.call('putBlob', { params: { hash: source.ref.hash }, body }, signal);
    sent += source.ref.size;
    onUpload?.(sent, total);
  };
  const lane = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await upload(next);
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_A_TIME }, lane));
  const body = { ...job.submission, requestKey: options.requestKey ?? randomUUID() };
  return client.call('submitJob', { body }, signal);
}
