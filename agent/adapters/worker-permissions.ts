// SPDX-License-Identifier: MIT
import { dirname, join } from 'node:path';

/**
 * The flags under which a worker runs: Node's permission model, so that JavaScript in it can read nothing but its
 * own program, and can neither write, start processes, load addons nor use WASI. (It does not stop sockets.)
 */
export function workerFlags(entry: string): string[] {
  const folder = dirname(entry);
  const readable = entry.endsWith('.ts')
    ? // Running from sources, as tests do: what the program imports.
      [folder, join(folder, '../protocol'), join(folder, '../node_modules'), join(folder, '../package.json')]
    : // package.json says that .js is an ES module; Node looks for it beside the program and above.
      [
        entry,
        join(folder, 'worker-compute.js'),
        join(folder, 'package.json'),
        join(folder, '../package.json'),
      ];
  return [
    '--permission',
    '--allow-worker',
    // SQLite opens and writes files without asking the permission model.
    '--no-experimental-sqlite',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    // --allow-worker is what the computing thread needs; Node warns that it weakens the model, on every start.
    '--disable-warning=SecurityWarning',
    '--disable-warning=ExperimentalWarning',
  ];
}
