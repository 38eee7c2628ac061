// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';

/** What was not used before may be used at once, up to so much of it, ms. */
const BURST_MS = 250;
/** Bytes that are waited for at a time: a new rate counts from the next ones on. */
const PIECE_BYTES = 16_384;

/** A token bucket that all large transfers share. Bytes are paid for after they came, so no piece is too large for it. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #bytesPerSecond: () => number;
  /** when what was taken so far is paid for, in the clock's monotonic time */
  #paidAt = -Infinity;

  constructor(clock: Clock, bytesPerSecond: () => number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Resolves when so many more bytes may follow. @throws the signal's reason when it aborts */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    for (let left = bytes; left > 0; left -= PIECE_BYTES) {
      const now = this.#clock.monotonic();
      const piece = Math.min(left, PIECE_BYTES);
      this.#paidAt = Math.max(this.#paidAt, now - BURST_MS) + (1000 * piece) / this.#bytesPerSecond();
      if (this.#paidAt > now) await sleep(this.#clock, this.#paidAt - now, signal);
      signal?.throwIfAborted();
    }
  }
}
