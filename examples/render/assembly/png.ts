// SPDX-License-Identifier: MIT
import { Writer } from '../../lib/writer';
import { zlib } from './deflate';

function crc(at: usize, length: i32): u32 {
  let value: u32 = 0xffffffff;
  for (let i = 0; i < length; i++) {
    value ^= load<u8>(at + i);
    for (let k = 0; k < 8; k++) value = (value >> 1) ^ (0xedb88320 & -(value & 1));
  }
  return ~value;
}

function chunk(out: Writer, name: string, content: Writer): void {
  const body = new Writer(content.length + 4);
  body.text(name);
  body.bytes(content.pointer, content.length);
  out.u32be(content.length);
  out.bytes(body.pointer, body.length);
  out.u32be(crc(body.pointer, body.length));
}

function paeth(left: i32, up: i32, corner: i32): i32 {
  const guess = left + up - corner;
  const toLeft = abs(guess - left);
  const toUp = abs(guess - up);
  const toCorner = abs(guess - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** A byte of a row as PNG's filter (0 none, 1 left, 2 up, 3 average, 4 Paeth) leaves it. */
function filtered(filter: i32, pixels: usize, row: i32, at: i32, stride: i32): u8 {
  const here = pixels + row * stride + at;
  const left = at < 3 ? 0 : <i32>load<u8>(here - 3);
  const up = row == 0 ? 0 : <i32>load<u8>(here - stride);
  const corner = at < 3 || row == 0 ? 0 : <i32>load<u8>(here - stride - 3);
  const value = <i32>load<u8>(here);
  if (filter == 1) return <u8>(value - left);
  if (filter == 2) return <u8>(value - up);
  if (filter == 3) return <u8>(value - ((left + up) >> 1));
  if (filter == 4) return <u8>(value - paeth(left, up, corner));
  return <u8>value;
}

/** Takes the filter whose bytes are smallest in sum, as the PNG specification advises. */
function bestFilter(pixels: usize, row: i32, stride: i32): i32 {
  let best = 0;
  let bestSum = i32.MAX_VALUE;
  for (let filter = 0; filter < 5; filter++) {
    let sum = 0;
    for (let at = 0; at < stride; at++) sum += abs(<i32>(<i8>filtered(filter, pixels, row, at, stride)));
    if (sum >= bestSum) continue;
    best = filter;
    bestSum = sum;
  }
  return best;
}

/** Writes 8-bit RGB pixels as a PNG file. */
export function png(pixels: usize, width: i32, height: i32, out: Writer): void {
  const stride = width * 3;
  const rows = new Writer((stride + 1) * height);
  for (let row = 0; row < height; row++) {
    const filter = bestFilter(pixels, row, stride);
    rows.u8(filter);
    for (let at = 0; at < stride; at++) rows.u8(filtered(filter, pixels, row, at, stride));
  }
  const header = new Writer(13);
  header.u32be(width);
  header.u32be(height);
  header.u8(8);
  header.u8(2);
  header.u8(0);
  header.u8(0);
  header.u8(0);
  const data = new Writer(rows.length);
  zlib(rows.pointer, rows.length, data);
  out.u32be(0x89504e47);
  out.u32be(0x0d0a1a0a);
  chunk(out, 'IHDR', header);
  chunk(out, 'IDAT', data);
  chunk(out, 'IEND', new Writer(0));
}
