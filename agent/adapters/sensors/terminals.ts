// SPDX-License-Identifier: MIT
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { errnoOf } from '../disk-errors.ts';

/** Names in a folder; none when there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** When a terminal was last typed at, ms since the epoch; undefined when it has gone away meanwhile. */
function usedAt(path: string): number | undefined {
  try {
    return statSync(path).atimeMs;
  } catch {
    // Terminals come and go, and some may not be looked at: neither says anything about input.
    return undefined;
  }
}

/**
 * Seconds since somebody last typed at a terminal of this computer, be it the console or over SSH. The kernel keeps
 * that time in steps of 8 s.
 * @param dev `/dev`, or a folder that stands for it
 * @returns undefined where there is no terminal
 */
export function terminalIdleSeconds(dev: string, now: number): number | undefined {
  const terminals = namesIn(dev).filter((name) => /^tty([1-9]\d*|[A-Za-z]+\d+)$/.test(name));
  const pseudo = namesIn(join(dev, 'pts')).filter((name) => /^\d+$/.test(name));
  const paths = [...terminals, ...pseudo.map((name) => join('pts', name))].map((name) => join(dev, name));
  const times = paths.map(usedAt).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(0, (now - Math.max(...times)) / 1000);
}
