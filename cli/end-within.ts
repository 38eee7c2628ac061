// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';

/** Quitting waits for nothing longer than this, ms. */
const END_MS = 2800;

type Step = () => Promise<void> | void | undefined;

async function inTurn(steps: readonly Step[]): Promise<true> {
  const [first, ...others] = steps;
  try {
    await first?.();
  } finally {
    if (others.length > 0) await inTurn(others);
  }
  return true;
}

/**
 * Ends parts one after the other, whatever becomes of each, and the process by force where that takes too long:
 * its children notice that it is gone, and end themselves.
 */
export async function endWithin(clock: Clock, steps: readonly Step[]): Promise<void> {
  const inTime = new AbortController();
  try {
    const late = sleep(clock, END_MS, inTime.signal).then(() => false);
    if (!(await Promise.race([inTurn(steps), late]))) process.exit(1);
  } finally {
    inTime.abort();
  }
}
