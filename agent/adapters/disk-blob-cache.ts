// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '../../protocol/clock.ts';
import { LullError } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import { type BlobHash, blobHashSchema } from '../../protocol/ids.ts';
import type { BlobRef } from '../../protocol/job.ts';
import type { BlobCache } from '../ports.ts';
import { errnoOf, fromDisk } from './disk-errors.ts';

export interface BlobCacheLimits {
  /** the most that the cache may hold, bytes */
  readonly mostBytes: number;
  /** nothing is written when less than this would be left free, bytes */
  readonly keepFreeBytes: number;
}

interface BlobCacheParts {
  readonly folder: string;
  readonly clock: Clock;
  /** asked at each write, so that a changed setting counts at once */
  readonly limits: () => BlobCacheLimits;
  /** free space where the folder is, bytes; of the file system when absent */
  readonly freeBytes?: () => Promise<number>;
}

interface Entry {
  readonly size: number;
  readonly usedAt: number;
}

/** Blobs as files `ab/abcd…`, found again after a restart; the time of a file is when it was last used. */
export async function openDiskBlobCache(parts: BlobCacheParts): Promise<BlobCache> {
  await mkdir(parts.folder, { recursive: true, mode: 0o700 });
  const entries = new Map<BlobHash, Entry>();
  for (const name of await readdir(parts.folder, { recursive: true })) {
    const path = join(parts.folder, name);
    const hash = blobHashSchema.safeParse(name.slice(3));
    if (hash.success) {
      const { size, mtimeMs } = await stat(path);
      entries.set(hash.data, { size, usedAt: mtimeMs });
    } else if (name.endsWith('.part')) {
      await rm(path, { force: true });
    }
  }
  return new DiskBlobCache(parts, entries);
}

class DiskBlobCache implements BlobCache {
  readonly #parts: BlobCacheParts;
  readonly #entries: Map<BlobHash, Entry>;
  #writes = 0;

  constructor(parts: BlobCacheParts, entries: Map<BlobHash, Entry>) {
    this.#parts = parts;
    this.#entries = entries;
  }

  async get(hash: BlobHash): Promise<Uint8Array | undefined> {
    const bytes = await this.#read(hash);
    if (bytes === undefined) return undefined;
    if (blobHashOf(bytes) !== hash) {
      await this.#drop(hash);
      return undefined;
    }
    const usedAt = this.#parts.clock.now();
    this.#entries.set(hash, { size: bytes.length, usedAt });
    await this.#touch(hash, usedAt);
    return bytes;
  }

  async put(blob: BlobRef, bytes: Uint8Array): Promise<void> {
    if (bytes.length !== blob.size || blobHashOf(bytes) !== blob.hash) {
      throw new LullError(
        'blob_hash_mismatch',
        `These bytes are not the blob ${blob.hash.slice(0, 12)}…: they were not kept.`,
      );
    }
    const { mostBytes, keepFreeBytes } = this.#parts.limits();
    // Larger than the whole cache: it is used once and not kept.
    if (this.#entries.has(blob.hash) || blob.size > mostBytes) return;
    await this.#makeRoom(mostBytes - blob.size);
    const free = await (this.#parts.freeBytes?.() ?? this.#systemFreeBytes());
    if (free - blob.size < keepFreeBytes) {
      throw new LullError(
        'disk_full',
        `A download of ${blob.size} bytes would leave less free than the ${keepFreeBytes} bytes that you keep free: free ` +
          'some space, or lower that setting.',
      );
    }
    await this.#write(blob.hash, bytes);
  }

  #pathOf(hash: BlobHash): string {
    return join(this.#parts.folder, hash.slice(0, 2), hash);
  }

  async #systemFreeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#parts.folder);
    return bavail * bsize;
  }

  async #read(hash: BlobHash): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#pathOf(hash));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      this.#entries.delete(hash);
      return undefined;
    }
  }

  async #write(hash: BlobHash, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(hash);
    const part = `${path}.${this.#writes++}.part`;
    try {
      await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
      await writeFile(part, bytes, { mode: 0o600 });
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw fromDisk(error, this.#parts.folder);
    }
    const usedAt = this.#parts.clock.now();
    this.#entries.set(hash, { size: bytes.length, usedAt });
    await this.#touch(hash, usedAt);
  }

  async #touch(hash: BlobHash, usedAt: number): Promise<void> {
    try {
      await utimes(this.#pathOf(hash), usedAt / 1000, usedAt / 1000);
    } catch (error) {
      // Dropped meanwhile to make room: then there is nothing to mark.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  async #makeRoom(mostBytes: number): Promise<void> {
    let bytes = [...this.#entries.values()].reduce((sum, entry) => sum + entry.size, 0);
    if (bytes <= mostBytes) return;
    const oldestFirst = [...this.#entries].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [hash, { size }] of oldestFirst) {
      if (bytes <= mostBytes) return;
      await this.#drop(hash);
      bytes -= size;
    }
  }

  async #drop(hash: BlobHash): Promise<void> {
    await rm(this.#pathOf(hash), { force: true });
    this.#entries.delete(hash);
  }
}
