// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';

// npm and `npm start` hand Ctrl-C on, and the terminal sends it to every process itself: one press arrives thrice.
const SAME_PRESS_MS = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls once for each time that someone asks this process to end: Ctrl-C, a signal, or the end of the program
 * that started it with a channel.
 * @returns stops listening
 */
export function onInterrupt(clock: Clock, call: (times: number) => void): () => void {
  let times = 0;
  let last = Number.NEGATIVE_INFINITY;
  const hear = (): void => {
    const now = clock.monotonic();
    const isRepeat = now - last < SAME_PRESS_MS;
    last = now;
    if (!isRepeat) call((times += 1));
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  process.on('disconnect', hear);
  return () => {
    for (const signal of SIGNALS) process.off(signal, hear);
    process.off('disconnect', hear);
  };
}
