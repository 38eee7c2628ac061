// SPDX-License-Identifier: MIT
import { Writer } from '../../lib/writer';

const WINDOW = 32768;
const SHORTEST = 3;
const LONGEST = 258;
const CHAIN = 32;
const HASHES = 32768;

let bits: u32 = 0;
let filled: u32 = 0;

function putBits(out: Writer, value: u32, count: u32): void {
  bits |= value << filled;
  filled += count;
  while (filled >= 8) {
    out.u8(bits & 0xff);
    bits >>= 8;
    filled -= 8;
  }
}

/** Huffman codes go into the stream from their highest bit on. */
function putCode(out: Writer, code: u32, count: u32): void {
  let turned: u32 = 0;
  for (let i: u32 = 0; i < count; i++) turned |= ((code >> i) & 1) << (count - 1 - i);
  putBits(out, turned, count);
}

/** A literal, length or end symbol in the fixed code of RFC 1951, section 3.2.6. */
function putSymbol(out: Writer, symbol: u32): void {
  if (symbol < 144) putCode(out, 0x30 + symbol, 8);
  else if (symbol < 256) putCode(out, 0x190 + symbol - 144, 9);
  else if (symbol < 280) putCode(out, symbol - 256, 7);
  else putCode(out, 0xc0 + symbol - 280, 8);
}

function putMatch(out: Writer, length: u32, distance: u32): void {
  if (length == LONGEST) putSymbol(out, 285);
  else {
    const l = length - SHORTEST;
    const extra: u32 = l < 8 ? 0 : 29 - clz(l);
    putSymbol(out, 257 + (extra << 2) + (l >> extra));
    putBits(out, l & ((1 << extra) - 1), extra);
  }
  const d = distance - 1;
  const extra: u32 = d < 4 ? 0 : 30 - clz(d);
  putCode(out, (extra << 1) + (d >> extra), 5);
  putBits(out, d & ((1 << extra) - 1), extra);
}

function hashAt(at: usize): u32 {
  return (
    ((((<u32>load<u8>(at)) << 16) | ((<u32>load<u8>(at + 1)) << 8) | load<u8>(at + 2)) * 0x9e3779b1) >> 17
  );
}

/** Compresses into one deflate block with fixed codes, inside the zlib wrapper that PNG wants (RFC 1950). */
export function zlib(data: usize, size: i32, out: Writer): void {
  const heads = new StaticArray<i32>(HASHES);
  const links = new StaticArray<i32>(WINDOW);
  heads.fill(-1);
  bits = filled = 0;
  out.u8(0x78);
  out.u8(0x9c);
  putBits(out, 0b011, 3);
  let at = 0;
  while (at < size) {
    let bestLength = 0;
    let bestDistance = 0;
    if (at + SHORTEST <= size) {
      const most = min(LONGEST, size - at);
      let candidate = heads[hashAt(data + at)];
      for (let tries = 0; tries < CHAIN && candidate >= 0 && at - candidate < WINDOW; tries++) {
        let length = 0;
        while (length < most && load<u8>(data + candidate + length) == load<u8>(data + at + length)) length++;
        if (length > bestLength) {
          bestLength = length;
          bestDistance = at - candidate;
        }
        const older = links[candidate & (WINDOW - 1)];
        if (older >= candidate) break;
        candidate = older;
      }
    }
    let advance = 1;
    if (bestLength >= SHORTEST) {
      putMatch(out, bestLength, bestDistance);
      advance = bestLength;
    } else putSymbol(out, load<u8>(data + at));
    for (; advance > 0; advance--, at++) {
      if (at + SHORTEST > size) continue;
      const hash = hashAt(data + at);
      links[at & (WINDOW - 1)] = heads[hash];
      heads[hash] = at;
    }
  }
  putSymbol(out, 256);
  if (filled > 0) putBits(out, 0, 8 - filled);
  out.u32be(adler(data, size));
}

function adler(data: usize, size: i32): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  for (let i = 0; i < size; i++) {
    a = (a + load<u8>(data + i)) % 65521;
    b = (b + a) % 65521;
  }
  return (b << 16) | a;
}
