// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import type { BlobHash } from '../protocol/ids.ts';
import { backOffMs, FAULT_BACK_OFF } from './policy/back-off.ts';

/** So many faults of one module, and it is not run again here until Lull starts anew. */
const MOST_FAULTS = 3;

/** What went wrong on this device: slows down after each fault, and gives a module up after three. */
export class Faults {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #byModule = new Map<BlobHash, number>();
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

  /** Something else than a module failed; wait before trying again. @returns ms to wait */
  failed(): number {
    this.#inARow += 1;
    const waitMs = backOffMs(FAULT_BACK_OFF, this.#inARow, this.#random());
    this.#quietUntil = this.#clock.monotonic() + waitMs;
    return waitMs;
  }

  /** The worker failed while running this module. @returns ms to wait */
  workerFailed(module: BlobHash): number {
    this.#byModule.set(module, (this.#byModule.get(module) ?? 0) + 1);
    return this.failed();
  }

  succeeded(): void {
    this.#inARow = 0;
    this.#quietUntil = -Infinity;
  }

  givenUp(module: BlobHash): boolean {
    return (this.#byModule.get(module) ?? 0) >= MOST_FAULTS;
  }
}
