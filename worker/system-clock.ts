// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import type { ThreadTime } from './wasm/throttle.ts';

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

/** Time as the computing thread reads it. */
export const threadTime: ThreadTime = {
  now: () => performance.now(),
  cpuMicroseconds: () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  },
};
