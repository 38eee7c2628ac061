// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { build } from 'vite';

import { bundleForNode, type NodeBundle } from './vite-node.ts';

/** One thing that the build makes. */
export interface Target {
  readonly name: string;
  /** folders and files whose bytes decide the outcome, relative to the root */
  readonly sources: readonly string[];
  /** what it puts into dist/, replaced together */
  readonly outputs: readonly string[];
  /** Makes the outputs inside a folder of its own. */
  make(outDir: string): Promise<void>;
}

/** Everything in dist/. @param root the repository */
export function targets(root: string): Target[] {
  const node = (
    name: string,
    entry: string,
    file: string,
    sources: readonly string[],
    more: { format?: NodeBundle['format']; chunks?: string } = {},
  ): Target => ({
    name,
    sources: [...sources, 'protocol', 'package.json'],
    outputs: more.chunks === undefined ? [file] : [file, more.chunks],
    make: (outDir) =>
      bundleForNode({
        root,
        entry: join(root, entry),
        file: join(outDir, file),
        format: more.format ?? 'es',
        ...(more.chunks === undefined ? {} : { chunks: more.chunks }),
      }),
  });

  return [
    node('command', 'cli/main.ts', 'lull.js', ['cli', 'agent', 'coordinator'], { chunks: 'lull' }),
    node('coordinator', 'coordinator/entry.ts', 'coordinator.js', ['coordinator'], { chunks: 'coordinator' }),
    // Each worker file stands alone: the permission model lets a worker read nothing but its own files.
    node('worker', 'worker/main.ts', 'worker.js', ['worker']),
    node('compute thread', 'worker/compute.ts', 'worker-compute.js', ['worker']),
    node('desktop', 'electron/main.ts', 'electron/main.js', ['electron', 'agent', 'assets']),
    // .mjs: under the permission model it cannot look for the package.json that would say so.
    node('utility child', 'electron/utility-child.ts', 'electron/utility-child.mjs', ['electron']),
    node('preload', 'electron/preload.ts', 'electron/preload.cjs', ['electron'], { format: 'cjs' }),
    {
      name: 'window',
      sources: ['renderer', 'protocol', 'assets', 'package.json'],
      outputs: ['renderer'],
      make: async (outDir) => {
        await build({
          configFile: join(root, 'renderer/vite.config.ts'),
          configLoader: 'native',
          root: join(root, 'renderer'),
          logLevel: 'silent',
          build: { outDir: join(outDir, 'renderer'), emptyOutDir: true },
        });
      },
    },
    {
      name: 'examples',
      sources: ['examples', 'build/examples.ts', 'package.json'],
      outputs: ['examples'],
      make: async (outDir) => {
        const { prepareExamples } = await import('./examples.ts');
        await prepareExamples(join(outDir, 'examples'));
      },
    },
  ];
}
