// SPDX-License-Identifier: MIT

/** Time as a port. Nothing outside a `system-clock.ts` reads the real one (lint keeps it so). */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the computer's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For measuring and for waiting. */
  monotonic(): number;
  /**
   * Calls once after `delayMs`. The timer does not keep a process alive by itself.
   * @returns a function that cancels it; calling it late or twice does nothing.
   */
  after(delayMs: number, call: () => void): () => void;
}

/** Resolves after `delayMs`, or at once when the signal aborts; never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
