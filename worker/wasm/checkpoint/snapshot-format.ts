// SPDX-License-Identifier: MIT
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';

import type { SnapshotHeader } from './machine-state.ts';
import { PAGE_BYTES } from './shadow-memory.ts';

/*
 * A snapshot file, all numbers little-endian:
 *   "LULLSNAP", u32 length, header (JSON in UTF-8, `snapshotHeaderSchema`)
 *   groups of pages: u32 pages (1..256), u32 length, zstd of their numbers (u32 each) and then their bytes
 *   u32 0
 * A page that no group of a base names is zero; one that no group of a delta names is as in its parent.
 */

const MAGIC = Buffer.from('LULLSNAP');
const MOST_HEADER_BYTES = 8 * 1024 * 1024;
const GROUP_PAGES = 256;
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const compress = promisify(zstdCompress);

/** A snapshot that cannot be gone on from: one sentence says why. */
export class BadSnapshot extends Error {
  override readonly name = 'BadSnapshot';
}

/** The pages of a snapshot and where their bytes lie. */
export interface SnapshotPages {
  readonly shared: SharedArrayBuffer;
  readonly numbers: Uint32Array;
}

/** The bytes of a snapshot file, in parts; compressed on another thread as they are asked for. */
export async function* encodeSnapshot(header: SnapshotHeader, pages: SnapshotPages): AsyncGenerator<Buffer> {
  const json = Buffer.from(JSON.stringify(header));
  yield Buffer.concat([MAGIC, u32(json.length), json]);
  for (let from = 0; from < pages.numbers.length; from += GROUP_PAGES) {
    const numbers = pages.numbers.subarray(from, from + GROUP_PAGES);
    const packed = await compress(gather(numbers, pages.shared), LEVEL);
    yield Buffer.concat([u32(numbers.length), u32(packed.length), packed]);
  }
  yield u32(0);
}

function gather(numbers: Uint32Array, shared: SharedArrayBuffer): Buffer {
  const raw = Buffer.allocUnsafe(numbers.length * (4 + PAGE_BYTES));
  let at = numbers.length * 4;
  for (const [i, page] of numbers.entries()) {
    raw.writeUInt32LE(page, 4 * i);
    raw.set(new Uint8Array(shared, page * PAGE_BYTES, PAGE_BYTES), at);
    at += PAGE_BYTES;
  }
  return raw;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Writes the pages of a snapshot into a memory. @throws {BadSnapshot} */
export function applyPages(file: Uint8Array, memory: Uint8Array): void {
  const { bytes, start } = splitSnapshot(file);
  let at = start;
  const number = (): number => {
    at += 4;
    return at <= bytes.length ? bytes.readUInt32LE(at - 4) : bad('it ends too early');
  };
  for (let count = number(); count !== 0; count = number()) {
    const length = number();
    if (count > GROUP_PAGES || at + length > bytes.length) bad('it ends too early');
    applyGroup(unpack(bytes.subarray(at, at + length), count), count, memory);
    at += length;
  }
  if (at !== bytes.length) bad('something follows its end');
}

function applyGroup(raw: Buffer, count: number, memory: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    const target = raw.readUInt32LE(4 * i) * PAGE_BYTES;
    if (target + PAGE_BYTES > memory.length) bad('it names a page outside of the memory');
    memory.set(raw.subarray(count * 4 + i * PAGE_BYTES, count * 4 + (i + 1) * PAGE_BYTES), target);
  }
}

function unpack(packed: Uint8Array, count: number): Buffer {
  const length = count * (4 + PAGE_BYTES);
  try {
    const raw = zstdDecompressSync(packed, { maxOutputLength: length });
    if (raw.length === length) return raw;
  } catch {
    // Said below.
  }
  return bad('its pages cannot be unpacked');
}

/** The header's text and where the pages begin. @throws {BadSnapshot} */
export function splitSnapshot(file: Uint8Array): { bytes: Buffer; header: string; start: number } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const start = MAGIC.length + 4;
  if (bytes.length < start || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) bad('it is no snapshot');
  const length = bytes.readUInt32LE(MAGIC.length);
  if (length > MOST_HEADER_BYTES || start + length > bytes.length) bad('it ends too early');
  return { bytes, header: bytes.toString('utf8', start, start + length), start: start + length };
}

export function bad(why: string): never {
  throw new BadSnapshot(`The checkpoint cannot be used: ${why}.`);
}
