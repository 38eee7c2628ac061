// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

import { LullError } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import { blobHashSchema } from '../../protocol/ids.ts';
import type { BlobRef } from '../../protocol/job.ts';

/** A blob that lies in a file, whole or as a piece; read when it is needed. */
export interface BlobSource {
  readonly ref: BlobRef;
  readonly path: string;
  /** where in the file it begins, bytes */
  readonly start: number;
}

/** @param end offset just after the last byte */
export async function blobSourceOf(path: string, start: number, end: number): Promise<BlobSource> {
  const hash = createHash('sha256');
  if (end > start) {
    for await (const chunk of createReadStream(path, { start, end: end - 1 })) hash.update(chunk as Buffer);
  }
  return { ref: { hash: blobHashSchema.parse(hash.digest('hex')), size: end - start }, path, start };
}

/** @throws {LullError} `invalid_job` when the file is no longer what was hashed. */
export async function readBlobSource(source: BlobSource): Promise<Uint8Array> {
  const file = await open(source.path);
  try {
    const { bytesRead, buffer } = await file.read(
      new Uint8Array(source.ref.size),
      0,
      source.ref.size,
      source.start,
    );
    if (bytesRead === source.ref.size && blobHashOf(buffer) === source.ref.hash) return buffer;
    throw new LullError(
      'invalid_job',
      `${source.path} changed while it was being read. Run the command again.`,
    );
  } finally {
    await file.close();
  }
}
