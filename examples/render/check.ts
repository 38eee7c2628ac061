// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PNG } from 'pngjs';

import { type Check, wrong } from '../check.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Places of the picture, as shares of its width and height, and what lies there. */
const PLACES: readonly { name: string; x: number; y: number; holds: (colour: Colour) => boolean }[] = [
  { name: 'the red ball', x: 0.78, y: 0.56, holds: ([r, g, b]) => r > 90 && r > 2 * g && r > 2 * b },
  { name: 'the turquoise ball', x: 0.28, y: 0.66, holds: ([r, g, b]) => g > 1.5 * r && b > 1.5 * r },
  { name: 'the golden ball', x: 0.19, y: 0.47, holds: ([r, g, b]) => r > g && g > b },
  { name: 'the blue ball', x: 0.7, y: 0.13, holds: ([r, , b]) => b > 1.4 * r },
  { name: 'the evening sky', x: 0.1, y: 0.05, holds: ([r, g, b]) => r > g && g > b && r > 100 },
];

const decode = (bytes: Uint8Array): PNG | string => {
  try {
    return PNG.sync.read(Buffer.from(bytes));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const pixel = (png: PNG, x: number, y: number): Colour => {
  const at = (y * png.width + x) * 4;
  return [png.data[at] ?? 0, png.data[at + 1] ?? 0, png.data[at + 2] ?? 0];
};

const meanAround = (png: PNG, x: number, y: number): Colour => {
  const sum: [number, number, number] = [0, 0, 0];
  const reach = Math.max(1, Math.round(png.width / 120));
  let count = 0;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      pixel(png, Math.round(x * png.width) + dx, Math.round(y * png.height) + dy).forEach((part, i) => {
        sum[i as 0 | 1 | 2] += part;
      });
      count++;
    }
  }
  return [sum[0] / count, sum[1] / count, sum[2] / count];
};

/** Steps from one pixel to the next, over three pairs: inside the one tile, across the border, inside the other. */
const stepsAcross = (
  png: PNG,
  x: number,
  y: number,
  toX: number,
  toY: number,
): { across: number; around: number } => {
  const at = (k: number): Colour => pixel(png, x + k * toX, y + k * toY);
  const step = (from: Colour, to: Colour): number =>
    from.reduce((sum, part, i) => sum + Math.abs(part - (to[i] ?? 0)), 0);
  return { across: step(at(-1), at(0)), around: (step(at(-2), at(-1)) + step(at(0), at(1))) / 2 };
};

/** The largest ratio, over all borders of tiles, of the steps across the border to those beside it: about 1 to 2. */
const worstSeam = (png: PNG, tileWidth: number, tileHeight: number): number => {
  let worst = 0;
  const border = (
    length: number,
    place: (i: number) => [x: number, y: number, toX: number, toY: number],
  ): void => {
    const total = { across: 0, around: 3 * length };
    for (let i = 0; i < length; i++) {
      const { across, around } = stepsAcross(png, ...place(i));
      total.across += across;
      total.around += around;
    }
    worst = Math.max(worst, total.across / total.around);
  };
  for (let top = 0; top < png.height; top += tileHeight) {
    for (let left = 0; left < png.width; left += tileWidth) {
      if (left > 0) border(tileHeight, (i) => [left, top + i, 1, 0]);
      if (top > 0) border(tileWidth, (i) => [left + i, top, 0, 1]);
    }
  }
  return worst;
};

const numbersOf = (scene: string, word: string): [number, number] => {
  const [, first, second] = new RegExp(`^${word} +(\\d+) +(\\d+)`, 'm').exec(scene) ?? [];
  return [Number(first), Number(second)];
};

/** Decodes the picture with another library and looks whether what the scene says is where it should be. */
export const check: Check = async (merged, { folder }) => {
  const scene = await readFile(join(folder, 'scene.txt'), 'utf8');
  const [width, height] = numbersOf(scene, 'size');
  const [tileWidth, tileHeight] = numbersOf(scene, 'tile');
  const png = decode(merged);
  if (typeof png === 'string') return wrong(`it is no PNG (${png})`);
  if (png.width !== width || png.height !== height) {
    return wrong(`it has ${png.width} x ${png.height} pixels, the scene says ${width} x ${height}`);
  }
  let sum = 0;
  let white = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, g, b] = pixel(png, x, y);
      sum += (r + g + b) / 3;
      if (Math.min(r, g, b) === 255) white++;
    }
  }
  const brightness = sum / (width * height);
  const seam = worstSeam(png, tileWidth, tileHeight);
  const figures = {
    width,
    height,
    bytes: merged.byteLength,
    brightness,
    white: white / (width * height),
    seam,
  };
  if (brightness < 50 || brightness > 200)
    return wrong(`its mean brightness is ${brightness.toFixed(0)}`, figures);
  if (figures.white > 0.05) return wrong('too much of it is burnt out', figures);
  if (seam > 2.5) return wrong('tiles do not fit together', figures);
  for (const { name, x, y, holds } of PLACES) {
    const colour = meanAround(png, x, y);
    if (!holds(colour))
      return wrong(`${name} is not in its place (${colour.map(Math.round).join(' ')})`, figures);
  }
  return { ok: true, summary: `A picture of ${width} x ${height} pixels, every ball in its place.`, figures };
};
