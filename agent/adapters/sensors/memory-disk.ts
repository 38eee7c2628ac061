// SPDX-License-Identifier: MIT
import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../../../protocol/clock.ts';
import type { Signals } from '../../../protocol/signals.ts';
import { cached } from './cached.ts';
import { ProcFile, procText } from './proc-file.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';

const MEMORY_EVERY_MS = 1000;
const DISK_EVERY_MS = 10_000;

/** Where a limit may stand, it is looked for this seldom while there is none, ms. */
const LIMIT_EVERY_MS = 60_000;
const MEMINFO_BYTES = 1024;

function textOf(path: string): string | undefined {
  try {
    return procText(path);
  } catch {
    // There is no such file in this group, or this kernel.
    return undefined;
  }
}

const numberIn = (text: string | undefined, pattern: RegExp): number | undefined => {
  const found = text === undefined ? undefined : pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** The group of this process and its limit, where one stands (cgroup v2). */
function limitedGroup(root: string): { readonly folder: string; readonly most: number } | undefined {
  const path = /^0::(.*)$/m.exec(textOf(`${root}/proc/self/cgroup`) ?? '')?.[1];
  if (path === undefined) return undefined;
  const folder = join(root, '/sys/fs/cgroup', path);
  const most = numberIn(textOf(join(folder, 'memory.max')), /^(\d+)$/m);
  return most === undefined ? undefined : { folder, most };
}

/** What the limit of this process's group leaves, bytes. */
function leftIn({ folder, most }: { readonly folder: string; readonly most: number }): number {
  const used = numberIn(textOf(join(folder, 'memory.current')), /^(\d+)$/m) ?? 0;
  // Files that have been read are kept in memory until somebody needs it.
  const files = numberIn(textOf(join(folder, 'memory.stat')), /^inactive_file (\d+)$/m) ?? 0;
  return Math.max(0, most - used + files);
}

/** Memory that programs could still take without swapping, bytes, as Linux reckons it. */
function linuxMemory(clock: Clock, root: string): { read: () => number; close: () => void } {
  const meminfo = new ProcFile(`${root}/proc/meminfo`, MEMINFO_BYTES);
  const group = cached(
    clock,
    LIMIT_EVERY_MS,
    () => limitedGroup(root),
    () => undefined,
  );
  return {
    read: () => {
      const kilobytes = numberIn(meminfo.text(), /^MemAvailable: +(\d+) kB$/m);
      if (kilobytes === undefined) throw new Error('/proc/meminfo does not say what is available');
      const limited = group();
      return Math.min(kilobytes * 1024, limited === undefined ? Infinity : leftIn(limited));
    },
    close: () => meminfo.close(),
  };
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
  const linux = platform === 'linux' ? linuxMemory(clock, root) : undefined;
  const memory = cached<number | null>(
    clock,
    MEMORY_EVERY_MS,
    () => linux?.read() ?? freemem(),
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
    stop: () => {
      linux?.close();
      return Promise.resolve();
    },
  };
}
