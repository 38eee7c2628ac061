// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Look } from './rule.ts';

/** Bytes in a gigabyte, as disks are sold and as the settings mean it. */
export const GIGABYTE = 1_000_000_000;
/** Free again only with this much more than the owner keeps free, as a factor. */
export const FREE_AGAIN = 1.1;

/** The disk runs full. An unknown amount of free space forbids nothing: the blob cache looks again. */
export function diskLow({ settings, signals }: Look, holds: boolean): SuspendReason | undefined {
  const keepFreeBytes = settings.keepFreeGigabytes * GIGABYTE * (holds ? FREE_AGAIN : 1);
  const { freeDiskBytes: freeBytes } = signals;
  if (freeBytes === null || freeBytes >= keepFreeBytes) return undefined;
  return { code: 'disk_low', freeBytes, keepFreeBytes };
}
