// SPDX-License-Identifier: MIT

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

const RGBA_BYTES = 4;

/** Gradients, an edge and some noise: a little of everything that a codec meets. */
export function samplePicture(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * RGBA_BYTES);
  let random = 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      const noise = random >>> 28;
      const inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2;
      const at = (y * width + x) * RGBA_BYTES;
      data[at] = Math.floor((x / width) * 200) + noise;
      data[at + 1] = inside ? 220 : Math.floor((y / height) * 200) + noise;
      data[at + 2] = ((x >> 3) ^ (y >> 3)) % 2 === 0 ? 40 : 160;
      data[at + 3] = 255;
    }
  return { width, height, data };
}
