// SPDX-License-Identifier: MIT
import { type CpuWatch, nap } from './cpu-watch.ts';

const LOOK_EVERY_MS = 0.25;
/** So long it has to stay quiet before it counts as quiet since the first look, ms. */
const STAYS_QUIET_MS = 40;
/** A slot that others starve cannot even go to sleep. */
const GIVE_UP_MS = 60_000;

/**
 * Waits, on this thread, until all threads of these processes sleep and have used the last of their CPU time. While a
 * thread sleeps the kernel's count of its time is exact, so this is exact to one look.
 * @param began when the measuring began, by `performance.now()`
 * @returns ms from then
 */
export function untilQuiet(watches: readonly CpuWatch[], began: number): number {
  let quiet: { at: number; cpuMs: number } | undefined;
  for (;;) {
    nap(LOOK_EVERY_MS);
    const cpuMs = watches.reduce((sum, watch) => sum + watch.cpuMs, 0);
    const asleep = watches.every((watch) => watch.allSleep);
    const at = performance.now();
    if (!asleep) quiet = undefined;
    else if (quiet?.cpuMs !== cpuMs) quiet = { at, cpuMs };
    if (quiet !== undefined && at - quiet.at >= STAYS_QUIET_MS) return quiet.at - began;
    if (at - began > GIVE_UP_MS) throw new Error(`they were not quiet after ${GIVE_UP_MS} ms`);
  }
}
