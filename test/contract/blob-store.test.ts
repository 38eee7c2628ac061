// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { BlobStore } from '../../coordinator/blobs.ts';
import { DiskBlobStore } from '../../coordinator/blobs-on-disk.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import { TestClock } from '../support/test-clock.ts';

const MAX_BYTES = 100_000;

async function* inChunks(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const bytesOf = (text: string): Buffer => Buffer.from(text);

/** What every blob store does; `stored` lists all that it keeps, remains of failed uploads included. */
function blobStoreContract(open: () => Promise<{ store: BlobStore; stored: () => Promise<string[]> }>): void {
  test('gives back the bytes it was given, whole and in ranges', async () => {
    const { store } = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.nat(5000),
        fc.nat(5000),
        async (bytes, a, b) => {
          const hash = blobHashOf(bytes);
          expect(await store.put(hash, inChunks(bytes))).toEqual({ hash, size: bytes.length });
          expect(await store.stat(hash)).toEqual({ hash, size: bytes.length });
          expect(await buffer(store.read(hash))).toEqual(Buffer.from(bytes));
          const first = Math.min(a, b);
          const last = Math.min(Math.max(a, b), bytes.length - 1);
          if (first > last) return;
          expect(await buffer(store.read(hash, { first, last }))).toEqual(
            Buffer.from(bytes.slice(first, last + 1)),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test('knows nothing of a blob that it was not given', async () => {
    const { store } = await open();
    expect(await store.stat(blobHashOf(bytesOf('other')))).toBeUndefined();
  });

  test('refuses bytes that have another hash, and keeps nothing of them', async () => {
    const { store, stored } = await open();
    const hash = blobHashOf(bytesOf('right'));
    await expect(store.put(hash, inChunks(bytesOf('wrong')))).rejects.toMatchObject({
      code: 'blob_hash_mismatch',
      details: { expected: hash, actual: blobHashOf(bytesOf('wrong')) },
    });
    expect(await store.stat(hash)).toBeUndefined();
    expect(await stored()).toEqual([]);
  });

  test('refuses wrong bytes for a blob that it has, and keeps the right ones', async () => {
    const { store } = await open();
    const hash = blobHashOf(bytesOf('right'));
    await store.put(hash, inChunks(bytesOf('right')));
    await expect(store.put(hash, inChunks(bytesOf('wrong')))).rejects.toMatchObject({
      code: 'blob_hash_mismatch',
    });
    expect(await buffer(store.read(hash))).toEqual(bytesOf('right'));
  });

  test('takes the same blob any number of times, at once or later, and keeps it once', async () => {
    const { store, stored } = await open();
    const bytes = Buffer.alloc(50_000, 7);
    const hash = blobHashOf(bytes);
    const put = (): Promise<unknown> => store.put(hash, inChunks(bytes));
    await Promise.all([put(), put(), put()]);
    await put();
    expect(await stored()).toEqual([hash]);
    expect(await buffer(store.read(hash))).toEqual(bytes);
  });

  test('stops reading a blob that is larger than it takes, and keeps nothing of it', async () => {
    const { store, stored } = await open();
    let sent = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 10_000;
        yield Buffer.alloc(10_000);
      }
    };
    await expect(store.put(blobHashOf(bytesOf('')), endless())).rejects.toMatchObject({ code: 'too_large' });
    expect(sent).toBeLessThanOrEqual(MAX_BYTES + 10_000);
    expect(await stored()).toEqual([]);
  });

  test('keeps nothing of an upload that breaks off', async () => {
    const { store, stored } = await open();
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield bytesOf('half');
      throw new Error('the caller hung up');
    };
    await expect(store.put(blobHashOf(bytesOf('half a blob')), breaking())).rejects.toThrow(
      'the caller hung up',
    );
    expect(await stored()).toEqual([]);
  });
}

describe('a blob store on disk', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lull-blobs-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const filesIn = async (folder: string): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((it) => it.isFile())
      .map((it) => it.name);

  blobStoreContract(async () => ({
    store: await DiskBlobStore.open(dir, new TestClock(), MAX_BYTES),
    stored: () => filesIn(dir),
  }));

  test('finds its blobs again when it is opened again', async () => {
    const bytes = bytesOf('kept');
    const hash = blobHashOf(bytes);
    await (await DiskBlobStore.open(dir, new TestClock())).put(hash, inChunks(bytes));
    expect(await (await DiskBlobStore.open(dir, new TestClock())).stat(hash)).toEqual({ hash, size: 4 });
    expect(await readFile(join(dir, hash), 'utf8')).toBe('kept');
  });

  test('removes what a dead process left a day ago, and leaves uploads that are under way', async () => {
    const clock = new TestClock();
    await DiskBlobStore.open(dir, clock);
    const now = clock.now() / 1000;
    for (const [name, ageSeconds] of [
      ['old', 25 * 3600],
      ['new', 3600],
    ] as const) {
      await writeFile(join(dir, 'incoming', name), 'half');
      await utimes(join(dir, 'incoming', name), now - ageSeconds, now - ageSeconds);
    }
    await DiskBlobStore.open(dir, clock);
    expect(await filesIn(dir)).toEqual(['new']);
  });

  test('says that the disk is full, keeps nothing of that blob, and goes on with smaller ones', async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'lull-test', dir], { stdio: 'ignore' });
    } catch {
      // Only root may mount a small disk.
      context.skip('a small disk cannot be mounted here');
    }
    try {
      const store = await DiskBlobStore.open(dir, new TestClock());
      const big = Buffer.alloc(400_000, 1);
      const failed = store.put(blobHashOf(big), inChunks(big));
      await expect(failed).rejects.toMatchObject({ code: 'disk_full' });
      expect(await filesIn(dir)).toEqual([]);
      const small = Buffer.alloc(100_000, 2);
      expect(await store.put(blobHashOf(small), inChunks(small))).toMatchObject({ size: 100_000 });
    } finally {
      execFileSync('umount', [dir]);
    }
  });
});
