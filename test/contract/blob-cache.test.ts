// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDiskBlobCache } from '../../agent/adapters/disk-blob-cache.ts';
import type { BlobCache } from '../../agent/ports.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import type { BlobRef } from '../../protocol/job.ts';
import { FakeBlobCache } from '../support/fake-blob-cache.ts';
import { TestClock } from '../support/test-clock.ts';

let folder: string;
let clock: TestClock;
let free = 1e12;
let limits = { mostBytes: 1000, keepFreeBytes: 0 };

const openDisk = (): Promise<BlobCache> =>
  openDiskBlobCache({ folder, clock, limits: () => limits, freeBytes: () => Promise.resolve(free) });
const refOf = (bytes: Uint8Array): BlobRef => ({ hash: blobHashOf(bytes), size: bytes.length });
const fileOf = ({ hash }: BlobRef): string => join(folder, hash.slice(0, 2), hash);
const blob = (fill: string, size = 300): Buffer => Buffer.alloc(size, fill);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-blob-cache-'));
  clock = new TestClock();
  free = 1e12;
  limits = { mostBytes: 1000, keepFreeBytes: 0 };
});

afterEach(() => rmSync(folder, { recursive: true }));

describe.each([
  ['the fake', () => Promise.resolve<BlobCache>(new FakeBlobCache(1000))],
  ['the disk', openDisk],
])('the blob cache on %s', (_name, make) => {
  const put = async (cache: BlobCache, bytes: Uint8Array): Promise<BlobRef> => {
    await clock.advance(1000);
    await cache.put(refOf(bytes), bytes);
    return refOf(bytes);
  };

  it('gives back what it was given, and nothing for a hash that it was not', async () => {
    const cache = await make();
    const { hash } = await put(cache, blob('a'));
    expect(Buffer.from((await cache.get(hash)) ?? []).equals(blob('a'))).toBe(true);
    expect(await cache.get(blobHashOf(blob('b')))).toBeUndefined();
  });

  it('keeps an empty blob', async () => {
    const cache = await make();
    const { hash } = await put(cache, Buffer.alloc(0));
    expect(await cache.get(hash)).toHaveLength(0);
  });

  it('refuses bytes that are not the blob, and stores nothing', async () => {
    const cache = await make();
    await expect(cache.put(refOf(blob('a')), blob('b'))).rejects.toMatchObject({
      code: 'blob_hash_mismatch',
    });
    await expect(cache.put({ ...refOf(blob('a')), size: 1 }, blob('a'))).rejects.toMatchObject({
      code: 'blob_hash_mismatch',
    });
    expect(await cache.get(refOf(blob('a')).hash)).toBeUndefined();
  });

  it('drops the least recently used when it has to make room', async () => {
    const cache = await make();
    const [a, b, c] = [await put(cache, blob('a')), await put(cache, blob('b')), await put(cache, blob('c'))];
    await clock.advance(1000);
    await cache.get(a.hash);
    const d = await put(cache, blob('d'));
    expect(await cache.get(b.hash)).toBeUndefined();
    for (const kept of [a, c, d]) expect(await cache.get(kept.hash)).toHaveLength(300);
  });

  it('does not empty itself for a blob that is larger than all of it', async () => {
    const cache = await make();
    const a = await put(cache, blob('a'));
    const large = await put(cache, blob('b', 1001));
    expect(await cache.get(a.hash)).toHaveLength(300);
    expect(await cache.get(large.hash)).toBeUndefined();
  });
});

describe('the blob cache on the disk', () => {
  const put = async (cache: BlobCache, bytes: Uint8Array): Promise<BlobRef> => {
    await clock.advance(1000);
    await cache.put(refOf(bytes), bytes);
    return refOf(bytes);
  };

  it('finds its blobs and the order of their use again after a restart, and throws half-written ones away', async () => {
    const first = await openDisk();
    const [a, b, c] = [await put(first, blob('a')), await put(first, blob('b')), await put(first, blob('c'))];
    await clock.advance(1000);
    await first.get(a.hash);
    writeFileSync(`${fileOf(a)}.0.part`, 'half');
    const second = await openDisk();
    expect(existsSync(`${fileOf(a)}.0.part`)).toBe(false);
    await put(second, blob('d'));
    expect(await second.get(b.hash)).toBeUndefined();
    expect(await second.get(c.hash)).toHaveLength(300);
  });

  it('drops a file that was damaged, and takes the blob again', async () => {
    const cache = await openDisk();
    const a = await put(cache, blob('a'));
    writeFileSync(fileOf(a), blob('x'));
    expect(await cache.get(a.hash)).toBeUndefined();
    expect(existsSync(fileOf(a))).toBe(false);
    await put(cache, blob('a'));
    expect(await cache.get(a.hash)).toHaveLength(300);
  });

  it('notices a file that somebody deleted', async () => {
    const cache = await openDisk();
    const a = await put(cache, blob('a'));
    rmSync(fileOf(a));
    expect(await cache.get(a.hash)).toBeUndefined();
    await put(cache, blob('a'));
    expect(await cache.get(a.hash)).toHaveLength(300);
  });

  it('writes nothing that would leave less free than the owner keeps free, and says so', async () => {
    const cache = await openDisk();
    limits = { mostBytes: 1000, keepFreeBytes: 10_000 };
    free = 10_299;
    await expect(put(cache, blob('a'))).rejects.toMatchObject({ code: 'disk_full' });
    expect(readdirSync(folder)).toEqual([]);
    free = 10_300;
    await put(cache, blob('a'));
  });

  it('follows a limit that is lowered at the next blob', async () => {
    const cache = await openDisk();
    for (const fill of ['a', 'b', 'c']) await put(cache, blob(fill));
    limits = { mostBytes: 600, keepFreeBytes: 0 };
    await put(cache, blob('d'));
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((fill) => cache.get(refOf(blob(fill)).hash)));
    expect(kept.map((bytes) => bytes !== undefined)).toEqual([false, false, true, true]);
  });

  it('asks the file system how much is free where nothing else is said', async () => {
    const cache = await openDiskBlobCache({
      folder,
      clock,
      limits: () => ({ mostBytes: 1000, keepFreeBytes: 1e18 }),
    });
    await expect(put(cache, blob('a'))).rejects.toMatchObject({ code: 'disk_full' });
  });
});
