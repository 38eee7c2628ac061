// SPDX-License-Identifier: MIT
import type { PowerMeter } from '../ports.ts';

/** What a thread of a busy processor draws, where nothing better is known, W. */
const WATTS_PER_THREAD = 5;
const ERROR_PERCENT = 50;

/** Where nothing can be measured: the processor's rated power by the share of it that was used. */
export function estimatedPowerMeter(threads: number, cpuWatts: () => number | null): PowerMeter {
  return {
    read: ({ cpuSeconds, duty }) => {
      const whole = cpuWatts() ?? threads * WATTS_PER_THREAD;
      return {
        joules: (whole * cpuSeconds) / threads,
        watts: whole * duty,
        method: 'estimate',
        errorPercent: ERROR_PERCENT,
      };
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
