// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import { backOffMs, FAULT_BACK_OFF } from './policy/back-off.ts';

/** What went wrong on this device: slows down after each fault, until something succeeds. */
export class Faults {
  readonly #clock: Clock;
  readonly #random: () => number;
  #inARow = 0;
  #quietUntil = -Infinity;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** ms until new work may be asked for; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.#quietUntil - this.#clock.monotonic());
  }

  /** Something failed; wait before trying again. @returns ms to wait */
  failed(): number {
    this.#inARow += 1;
    const waitMs = backOffMs(FAULT_BACK_OFF, this.#inARow, this.#random());
    this.#quietUntil = this.#clock.monotonic() + waitMs;
    return waitMs;
  }

  succeeded(): void {
    this.#inARow = 0;
    this.#quietUntil = -Infinity;
  }
}
