// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';

// performance.now() begins anew in every thread; this start is the same for all processes of this computer.
const started = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The real clock of this computer, without timers (README.md). Never for the task: its time is its fuel. */
export const systemClock: Pick<Clock, 'monotonic'> = {
  monotonic: () => started + performance.now(),
};
