// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The renderer as it is now, built for production into a folder of its own; `remove` deletes it. */
export function buildRenderer(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'lull-renderer-'));
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = [
    vite,
    'build',
    '-c',
    'renderer/vite.config.ts',
    '--outDir',
    dir,
    '--emptyOutDir',
    '--logLevel',
    'error',
  ];
  // vitest's NODE_ENV would make it a build for development.
  const built = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (built.status !== 0) throw new Error(`the renderer does not build:\n${built.stdout}${built.stderr}`);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
