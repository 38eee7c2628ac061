// SPDX-License-Identifier: MIT
import type { Readable } from 'node:stream';

import type { BlobHash } from '../protocol/ids.ts';
import type { BlobRef } from '../protocol/job.ts';

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Where blobs live, as a port: immutable bytes by their hash. */
export interface BlobStore {
  /**
   * Takes bytes in and keeps them, durably, if they have that hash; the same blob again changes nothing.
   * @throws {LullError} `blob_hash_mismatch`, `too_large`, `disk_full`; nothing is stored then.
   */
  put(hash: BlobHash, bytes: AsyncIterable<Uint8Array>): Promise<BlobRef>;

  /** @returns undefined when there is no such blob */
  stat(hash: BlobHash): Promise<BlobRef | undefined>;

  /** The bytes of a blob that `stat` found, or a range of them. */
  read(hash: BlobHash, range?: ByteRange): Readable;
}
