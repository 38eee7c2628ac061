// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';

/** Memory of a process that is its own, bytes; undefined where the system does not say. */
export function privateMemoryOf(pid: number): number | undefined {
  try {
    const kilobytes = /^RssAnon:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** When a computer runs out of memory, a worker is to be ended before anything of the owner's (Linux). */
export function endFirstWhenMemoryIsShort(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000', { flag: 'r+' });
  } catch {
    // Not Linux, or it is gone already: its ceiling holds without it.
  }
}
