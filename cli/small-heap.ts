// SPDX-License-Identifier: MIT
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap's young generation as small as it starts: 10 MB less for a process that lives long, mostly
 * waits, and shares the computer with its owner.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
