// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

// Made by compilers beside their sources, or read by nobody's build.
const IGNORED = new Set(['node_modules', 'build', '.DS_Store', 'README.md']);

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

function* filesUnder(root: string, path: string): Generator<string> {
  if (statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() !== true) {
    yield path;
    return;
  }
  for (const entry of readdirSync(join(root, path), { withFileTypes: true }).sort(byName)) {
    if (!IGNORED.has(entry.name)) yield* filesUnder(root, `${path}/${entry.name}`);
  }
}

/** One SHA-256 over the names and bytes of all these files and folders; a missing one counts as missing. */
export function sourceDigest(root: string, sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const path of filesUnder(root, source)) {
      const bytes =
        statSync(join(root, path), { throwIfNoEntry: false }) === undefined
          ? undefined
          : readFileSync(join(root, path));
      hash.update(`${path}\0${bytes?.length ?? 'missing'}\0`).update(bytes ?? '');
    }
  }
  return hash.digest('hex');
}
