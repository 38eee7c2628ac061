// SPDX-License-Identifier: MIT
import { readFileSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

import type { Signals } from '../../../protocol/signals.ts';
import { cached } from './cached.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';

const MEMORY_EVERY_MS = 1000;
const DISK_EVERY_MS = 10_000;

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const numberIn = (text: string | undefined, pattern: RegExp): number | undefined => {
  const found = text === undefined ? undefined : pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** What the limit of this process's group leaves, bytes; undefined where nothing limits it (cgroup v2). */
function leftInGroup(root: string): number | undefined {
  const path = /^0::(.*)$/m.exec(textOf(`${root}/proc/self/cgroup`) ?? '')?.[1];
  if (path === undefined) return undefined;
  const group = join(root, '/sys/fs/cgroup', path);
  const most = numberIn(textOf(join(group, 'memory.max')), /^(\d+)$/m);
  const used = numberIn(textOf(join(group, 'memory.current')), /^(\d+)$/m);
  if (most === undefined || used === undefined) return undefined;
  // Files that have been read are kept in memory until somebody needs it.
  const files = numberIn(textOf(join(group, 'memory.stat')), /^inactive_file (\d+)$/m) ?? 0;
  return Math.max(0, most - used + files);
}

/** Memory that programs could still take without swapping, bytes, as Linux reckons it. */
export function linuxFreeMemory(root: string): number {
  const kilobytes = numberIn(textOf(`${root}/proc/meminfo`), /^MemAvailable: +(\d+) kB$/m);
  if (kilobytes === undefined) throw new Error('/proc/meminfo does not say what is available');
  return Math.min(kilobytes * 1024, leftInGroup(root) ?? Infinity);
}

/**
 * Memory and disk. Windows counts what it could give back as free; macOS does not, so that its free memory comes from
 * elsewhere (`macos-sensors.ts`).
 */
export function memoryDiskPart(parts: SensorParts): SensorPart {
  const { clock, logger, dataFolder, platform = process.platform, root = '' } = parts;
  const unknown = (what: string) => (error: Error) => {
    logger.warn('A sensor failed', { what, error: error.message });
    return null;
  };
  const memory = cached<number | null>(
    clock,
    MEMORY_EVERY_MS,
    () => (platform === 'linux' ? linuxFreeMemory(root) : freemem()),
    unknown('memory'),
  );
  const disk = cached<number | null>(
    clock,
    DISK_EVERY_MS,
    () => {
      const { bavail, bsize } = statfsSync(dataFolder);
      return bavail * bsize;
    },
    unknown('disk'),
  );
  return {
    read: (): Partial<Signals> => ({
      freeDiskBytes: disk(),
      ...(platform !== 'darwin' && { freeMemoryBytes: memory() }),
    }),
  };
}
