// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';

import { isAlive } from './processes.ts';

interface Entry {
  readonly pid: number;
  readonly parent: number;
}

function all(): Entry[] {
  const entries: Entry[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      entries.push({ pid: Number(name), parent: Number(/^PPid:\s+([0-9]+)/m.exec(status)?.[1] ?? 0) });
    } catch {
      // It ended between the two looks.
    }
  }
  return entries;
}

/** Every process that this one started, and that those started, now (Linux only). */
export function descendants(root: number): number[] {
  const entries = all();
  const found: number[] = [];
  const visit = (parent: number): void => {
    for (const entry of entries) {
      if (entry.parent !== parent) continue;
      found.push(entry.pid);
      visit(entry.pid);
    }
  };
  visit(root);
  return found;
}

/** Those of these processes that are still there. */
export const survivors = (pids: readonly number[]): number[] => pids.filter(isAlive);
