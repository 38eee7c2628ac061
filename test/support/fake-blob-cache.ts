// SPDX-License-Identifier: MIT
import type { BlobCache } from '../../agent/ports.ts';
import { LullError } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import type { BlobHash } from '../../protocol/ids.ts';
import type { BlobRef } from '../../protocol/job.ts';

/** Blobs in memory, the least recently used dropped first. */
export class FakeBlobCache implements BlobCache {
  readonly #blobs = new Map<BlobHash, Uint8Array>();
  readonly mostBytes: number;
  full = false;

  constructor(mostBytes = 1e9) {
    this.mostBytes = mostBytes;
  }

  get(hash: BlobHash): Promise<Uint8Array | undefined> {
    const bytes = this.#blobs.get(hash);
    if (bytes !== undefined) {
      this.#blobs.delete(hash);
      this.#blobs.set(hash, bytes);
    }
    return Promise.resolve(bytes);
  }

  async put(blob: BlobRef, bytes: Uint8Array): Promise<void> {
    if (blobHashOf(bytes) !== blob.hash || bytes.length !== blob.size) {
      throw new LullError('blob_hash_mismatch', 'These bytes are not that blob.');
    }
    if (this.full) throw new LullError('disk_full', 'The disk is full: free some space.');
    if (blob.size > this.mostBytes) return;
    let held = [...this.#blobs.values()].reduce((sum, one) => sum + one.length, 0);
    for (const [hash, one] of this.#blobs) {
      if (held + blob.size <= this.mostBytes) break;
      this.#blobs.delete(hash);
      held -= one.length;
    }
    this.#blobs.set(blob.hash, bytes);
    return Promise.resolve();
  }
}
