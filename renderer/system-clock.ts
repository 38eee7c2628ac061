// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';

/** The page's own time. */
export const pageClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
