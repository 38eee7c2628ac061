// SPDX-License-Identifier: MIT
import type { Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';

/** Bytes in a gigabyte, as disks are sold and as the settings mean it. */
export const GIGABYTE = 1_000_000_000;

/** Why the disk forbids to run. An unknown amount of free space forbids nothing: the blob cache looks again. */
export function diskReason(settings: Settings, signals: Signals): SuspendReason | undefined {
  const keepFreeBytes = settings.keepFreeGigabytes * GIGABYTE;
  const freeBytes = signals.freeDiskBytes;
  if (freeBytes === null || freeBytes >= keepFreeBytes) return undefined;
  return { code: 'disk_low', freeBytes, keepFreeBytes };
}
