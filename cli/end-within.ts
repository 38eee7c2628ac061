// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';

/** Quitting waits for nothing longer than this, ms. */
const END_MS = 2800;

/**
 * Ends parts one after the other, and the process by force where that takes too long: its children notice
 * that it is gone, and end themselves.
 */
export async function endWithin(
  clock: Clock,
  steps: readonly (() => Promise<void> | void | undefined)[],
): Promise<void> {
  const inTime = new AbortController();
  const all = (async () => {
    for (const step of steps) await step();
    return true;
  })();
  const ended = await Promise.race([all, sleep(clock, END_MS, inTime.signal).then(() => false)]);
  inTime.abort();
  if (!ended) process.exit(1);
}
