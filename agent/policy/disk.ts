// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Look } from './rule.ts';

/** Bytes in a gigabyte, as disks are sold and as the settings mean it. */
export const GIGABYTE = 1_000_000_000;
/** Free again only with this much more than the owner keeps free, as a factor. */
const FREE_AGAIN = 1.1;

/** Of how many bytes too few are free; undefined: enough are. */
export function shortOf(freeBytes: number, keepFreeBytes: number, holds: boolean): number | undefined {
  if (freeBytes < keepFreeBytes) return keepFreeBytes;
  const loose = keepFreeBytes * FREE_AGAIN;
  return holds && freeBytes < loose ? loose : undefined;
}

/** The disk runs full. An unknown amount of free space forbids nothing: the blob cache looks again. */
export function diskLow({ settings, signals }: Look, holds: boolean): SuspendReason | undefined {
  const { freeDiskBytes: freeBytes } = signals;
  if (freeBytes === null) return undefined;
  const short = shortOf(freeBytes, settings.keepFreeGigabytes * GIGABYTE, holds);
  return short === undefined ? undefined : { code: 'disk_low', freeBytes, keepFreeBytes: short };
}
