// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';
import type { SlotControl } from '../../protocol/worker-messages.ts';

/**
 * Counts the time that a task was given. Pauses are not counted, and under a cap only the share that it may
 * compute: a capped task gets as much done before its deadline as a free one.
 */
export class TaskDeadline {
  readonly #clock: Clock;
  #leftMs: number;
  #share: number;
  #countedTo: number;

  /** @param limitMs ms at full speed */
  constructor(clock: Clock, limitMs: number, control: SlotControl) {
    this.#clock = clock;
    this.#leftMs = limitMs;
    this.#share = shareOf(control);
    this.#countedTo = clock.monotonic();
  }

  /** To be called when the slot is controlled. */
  control(control: SlotControl): void {
    this.#count();
    this.#share = shareOf(control);
  }

  get isOver(): boolean {
    this.#count();
    return this.#leftMs <= 0;
  }

  /** ms of the wall clock until it is over, if nothing changes. */
  get wallMsLeft(): number {
    this.#count();
    return this.#share === 0 ? Infinity : Math.ceil(this.#leftMs / this.#share);
  }

  #count(): void {
    const now = this.#clock.monotonic();
    this.#leftMs -= (now - this.#countedTo) * this.#share;
    this.#countedTo = now;
  }
}

const shareOf = ({ parked, dutyPercent }: SlotControl): number => (parked ? 0 : dutyPercent / 100);
