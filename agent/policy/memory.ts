// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import { GIGABYTE, shortOf } from './disk.ts';
import type { Look } from './rule.ts';

/** Memory runs short. An unknown amount is taken for too little, unless the owner keeps none free. */
export function memoryLow({ settings, signals }: Look, holds: boolean): SuspendReason | undefined {
  const keepFreeBytes = settings.keepFreeMemoryGigabytes * GIGABYTE;
  const { freeMemoryBytes: freeBytes } = signals;
  if (freeBytes === null) return keepFreeBytes > 0 ? { code: 'memory_low', keepFreeBytes } : undefined;
  const short = shortOf(freeBytes, keepFreeBytes, holds);
  return short === undefined ? undefined : { code: 'memory_low', freeBytes, keepFreeBytes: short };
}
