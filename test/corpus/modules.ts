// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CORPUS_PACKAGES } from '../../build/corpus.ts';

/** A module of the corpus by its path in node_modules; of several copies the first. */
export interface CorpusModule {
  readonly file: string;
  readonly bytes: () => Uint8Array<ArrayBuffer>;
}

const bytesOf = (file: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(CORPUS_PACKAGES, file)));

/** Every .wasm of the packages, each content once. */
export function corpusModules(): CorpusModule[] {
  const seen = new Set<string>();
  return globSync('**/*.wasm', { cwd: CORPUS_PACKAGES })
    .sort()
    .filter((file) => {
      const hash = createHash('sha256').update(bytesOf(file)).digest('hex');
      const isNew = !seen.has(hash);
      seen.add(hash);
      return isNew;
    })
    .map((file) => ({ file, bytes: () => bytesOf(file) }));
}

/** Modules that need what is refused, and how they are told. */
export const REFUSED: Readonly<Record<string, string>> = {
  '@ffmpeg/core/dist/esm/ffmpeg-core.wasm': 'threads or atomics',
  '@jsquash/avif/codec/enc/avif_enc_mt.wasm': 'shared memory (threads)',
  '@jsquash/jxl/codec/enc/jxl_enc_mt.wasm': 'shared memory (threads)',
  '@jsquash/jxl/codec/enc/jxl_enc_mt_simd.wasm': 'shared memory (threads)',
  '@jsquash/oxipng/codec/pkg-parallel/squoosh_oxipng_bg.wasm': 'shared memory (threads)',
};
