// SPDX-License-Identifier: MIT
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import type { Clock } from '../protocol/clock.ts';
import { LullError } from '../protocol/errors.ts';
import type { BlobHash } from '../protocol/ids.ts';
import { type BlobRef, LIMITS_MAX } from '../protocol/job.ts';
import type { BlobStore, ByteRange } from './blobs.ts';

const INCOMING = 'incoming';
/** No upload takes this long: what is older was left by a process that died. */
const ABANDONED_MS = 24 * 3_600_000;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

/** One file per blob, named by its hash, in one folder that several processes may share. */
export class DiskBlobStore implements BlobStore {
  readonly #dir: string;
  readonly #maxBytes: number;

  /** @param maxBytes size of the largest blob that is taken in */
  private constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
  }

  /** Makes the folder where it is missing, and removes uploads that a dead process left. */
  static async open(
    dir: string,
    clock: Clock,
    maxBytes: number = LIMITS_MAX.outputBytes,
  ): Promise<DiskBlobStore> {
    try {
      const incoming = join(dir, INCOMING);
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      for (const name of await readdir(incoming)) {
        const file = join(incoming, name);
        const info = await stat(file).catch(() => undefined);
        if (info !== undefined && info.mtimeMs < clock.now() - ABANDONED_MS) await rm(file, { force: true });
      }
    } catch (error) {
      throw storeFailure(error, dir);
    }
    return new DiskBlobStore(dir, maxBytes);
  }

  async put(hash: BlobHash, bytes: AsyncIterable<Uint8Array>): Promise<BlobRef> {
    const known = await this.stat(hash);
    if (known !== undefined) {
      await this.#receive(hash, bytes);
      return known;
    }
    const temporary = join(this.#dir, INCOMING, randomUUID());
    try {
      const size = await this.#store(hash, bytes, temporary);
      await rename(temporary, this.#fileOf(hash));
      await syncFolder(this.#dir);
      return { hash, size };
    } catch (error) {
      await rm(temporary, { force: true });
      throw storeFailure(error, this.#dir);
    }
  }

  async stat(hash: BlobHash): Promise<BlobRef | undefined> {
    try {
      return { hash, size: (await stat(this.#fileOf(hash))).size };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  read(hash: BlobHash, range?: ByteRange): Readable {
    return createReadStream(
      this.#fileOf(hash),
      range === undefined ? {} : { start: range.first, end: range.last },
    );
  }

  #fileOf(hash: BlobHash): string {
    return join(this.#dir, hash);
  }

  async #store(hash: BlobHash, bytes: AsyncIterable<Uint8Array>, file: string): Promise<number> {
    const handle = await open(file, 'wx', 0o600);
    try {
      const size = await this.#receive(hash, bytes, (chunk) => handle.writeFile(chunk));
      await handle.sync();
      return size;
    } finally {
      await handle.close();
    }
  }

  async #receive(
    hash: BlobHash,
    bytes: AsyncIterable<Uint8Array>,
    keep?: (chunk: Uint8Array) => Promise<void>,
  ): Promise<number> {
    const digest = createHash('sha256');
    let size = 0;
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > this.#maxBytes) throw tooLarge(this.#maxBytes);
      digest.update(chunk);
      await keep?.(chunk);
    }
    const actual = digest.digest('hex');
    if (actual === hash) return size;
    throw new LullError(
      'blob_hash_mismatch',
      `The bytes that arrived have another SHA-256 than ${hash}, so nothing was stored: send the blob again.`,
      { details: { expected: hash, actual, size } },
    );
  }
}

const tooLarge = (maxBytes: number): LullError =>
  new LullError(
    'too_large',
    `A blob may have at most ${maxBytes} bytes: split the input into smaller ones.`,
    {
      details: { maxBytes },
    },
  );

function storeFailure(error: unknown, dir: string): unknown {
  if (!NO_ROOM.has(codeOf(error) ?? '')) return error;
  return new LullError(
    'disk_full',
    `The disk that holds ${dir} is full, and nothing was stored: free some space, then try again.`,
    { cause: error },
  );
}

/** Makes the rename durable. Windows cannot open a folder, and does not need it. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
