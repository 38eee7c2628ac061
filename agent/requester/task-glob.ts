// SPDX-License-Identifier: MIT
import { glob } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

/**
 * Files that match a pattern, relative to the folder, with forward slashes. Sorted by their bytes, so that a
 * job has the same tasks in the same order on every computer.
 */
export async function filesMatching(folder: string, pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of glob(pattern, { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    paths.push(relative(resolve(folder), join(entry.parentPath, entry.name)).split(sep).join('/'));
  }
  return paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
