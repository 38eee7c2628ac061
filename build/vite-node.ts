// SPDX-License-Identifier: MIT
import { basename, dirname } from 'node:path';

import { build } from 'vite';

import { leanBundle } from './lean-bundle.ts';

export interface NodeBundle {
  readonly root: string;
  /** source file, absolute */
  readonly entry: string;
  /** file to write, absolute */
  readonly file: string;
  readonly format: 'es' | 'cjs';
  /** folder beside the file for what is imported late; without it everything is in the one file */
  readonly chunks?: string;
}

// Native or optional: they stay in node_modules, where the program finds them (or does without).
const EXTERNAL = ['keytar', 'electron', 'electron/main', 'electron/renderer', 'electron/common', 'pg-native'];

/** Bundles one program that runs on Node 24 (or in Electron): everything in, sources unmapped. */
export async function bundleForNode(bundle: NodeBundle): Promise<void> {
  const { chunks } = bundle;
  await build({
    root: bundle.root,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'silent',
    plugins: [leanBundle()],
    ssr: { noExternal: true, external: EXTERNAL },
    build: {
      ssr: bundle.entry,
      outDir: dirname(bundle.file),
      emptyOutDir: false,
      target: 'node24',
      minify: 'oxc',
      sourcemap: false,
      rolldownOptions: {
        external: EXTERNAL,
        output: {
          format: bundle.format,
          entryFileNames: basename(bundle.file),
          ...(chunks === undefined
            ? { codeSplitting: false }
            : { codeSplitting: true, chunkFileNames: `${chunks}/[name]-[hash].js` }),
          keepNames: true,
        },
      },
    },
  });
}
