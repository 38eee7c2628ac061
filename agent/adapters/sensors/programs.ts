// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { cached } from './cached.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';

const EVERY_MS = 5000;
/** What every program that runs on Node calls itself. */
const NODE_THREAD = 'MainThread';
/** A program's name as people know it: no folders, no extension. */
export function programName(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? '';
  return name.replace(/\.(?:exe|app|appimage)$/i, '');
}

/**
 * The names of one process: what it was started as, and what it calls itself (a script's own name, for one; cut off after
 * 15 letters). None for the kernel's own and for those that have just ended.
 */
function namesOf(folder: string): readonly string[] {
  try {
    const started = readFileSync(join(folder, 'cmdline'), 'utf8').split('\0')[0] ?? '';
    if (started === '') return [];
    const [name, own] = [programName(started), readFileSync(join(folder, 'comm'), 'utf8').trimEnd()];
    return name.startsWith(own) || own === NODE_THREAD ? [name] : [name, programName(own)];
  } catch {
    // It ended between the two looks.
    return [];
  }
}

/** Names of the programs that run now, each once. @param proc `/proc`, or a folder that stands for it */
export function linuxPrograms(proc: string): readonly string[] {
  const processes = readdirSync(proc).filter((name) => /^\d+$/.test(name));
  return [...new Set(processes.flatMap((name) => namesOf(join(proc, name))))].sort();
}

/** Running programs on Linux; read only when somebody asks. */
export function linuxProgramsPart({ clock, logger, root = '' }: SensorParts): SensorPart {
  const programs = cached<readonly string[] | null>(
    clock,
    EVERY_MS,
    () => linuxPrograms(`${root}/proc`),
    (error) => {
      logger.warn('A sensor failed', { what: 'programs', error: error.message });
      return null;
    },
  );
  return { read: () => ({}), programs };
}
