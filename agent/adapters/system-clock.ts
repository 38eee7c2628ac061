// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';

/** The real clock of this process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const A_LONG_TIME_MS = 2 ** 30;

/**
 * Keeps this process alive while something that nothing else holds is under way: timers of the clock do not.
 * @returns lets go
 */
export function holdProcess(): () => void {
  const timer = setInterval(() => undefined, A_LONG_TIME_MS);
  return () => clearInterval(timer);
}
