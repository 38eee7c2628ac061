// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The other programs and folders that belong to this one. */
export interface ProgramFiles {
  readonly coordinator: string;
  readonly worker: string;
  readonly renderer: string;
  readonly examples: string;
}

/** @param base folder of the running main module: dist/, or cli/ when the sources run as they are */
export function programFiles(base: string): ProgramFiles {
  const isSource = basename(base) === 'cli';
  const root = dirname(base);
  const dist = isSource ? join(root, 'dist') : base;
  return {
    coordinator: isSource ? join(root, 'coordinator/entry.ts') : join(dist, 'coordinator.js'),
    worker: isSource ? join(root, 'worker/main.ts') : join(dist, 'worker.js'),
    renderer: join(dist, 'renderer'),
    examples: join(dist, 'examples'),
  };
}

/** The version of this Lull, as its package says. */
export function programVersion(base: string): string {
  const { version } = JSON.parse(readFileSync(join(dirname(base), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
