// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import { FREE_AGAIN, GIGABYTE } from './disk.ts';
import type { Look } from './rule.ts';

/** Memory runs short. An unknown amount is taken for too little, unless the owner keeps none free. */
export function memoryLow({ settings, signals }: Look, holds: boolean): SuspendReason | undefined {
  const keepFreeBytes = settings.keepFreeMemoryGigabytes * GIGABYTE * (holds ? FREE_AGAIN : 1);
  const { freeMemoryBytes: freeBytes } = signals;
  if (freeBytes === null) return keepFreeBytes > 0 ? { code: 'memory_low', keepFreeBytes } : undefined;
  return freeBytes < keepFreeBytes ? { code: 'memory_low', freeBytes, keepFreeBytes } : undefined;
}
