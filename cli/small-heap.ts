// SPDX-License-Identifier: MIT
import { setFlagsFromString } from 'node:v8';

/**
 * For a process that lives long, mostly waits, and shares the computer with its owner: keeps the heap's young generation
 * as small as it starts, 10 MB less, and cleans that up on the one thread that is awake anyway instead of waking four.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--no-parallel-scavenge');
}
