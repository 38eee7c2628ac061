// SPDX-License-Identifier: MIT
import type { ControlBlock } from './control-block.ts';

/** Length of one period of the duty cycle, ms: short enough not to be felt, long enough for coarse timers. */
export const PERIOD_MS = 50;
/** The least that a period may compute, ms, so that a debt never stops a slot for good. */
const LEAST_MS = 0.2;

/** What the throttle reads of its thread and of time; the computing thread passes the real ones. */
export interface ThreadTime {
  /** ms from any start, never going back */
  now(): number;
  /** CPU time of this thread so far, microseconds */
  cpuMicroseconds(): number;
}

/**
 * Holds a thread to a share of wall time: it computes until the slice of this period is used up, then sleeps to
 * the next grid line. CPU time is summed from one origin, so that errors do not add up (METERING section 4).
 */
export class Throttle {
  readonly #control: ControlBlock;
  readonly #time: ThreadTime;
  #duty = -1;
  /** where the present count of wall and CPU time began */
  #origin = 0;
  #cpuOrigin = 0;
  #sliceEnd = 0;

  constructor(control: ControlBlock, time: ThreadTime) {
    this.#control = control;
    this.#time = time;
  }

  /** Forgets what was owed: after a pause, wall time that passed is no credit. */
  restart(): void {
    this.#duty = -1;
  }

  /** Called in the slow path; sleeps when the slice is used up. */
  check(): void {
    const duty = this.#control.duty;
    const now = this.#time.now();
    if (duty !== this.#duty) this.#begin(duty, now);
    if (duty >= 1 || now < this.#sliceEnd) return;
    const gridLine = this.#gridLine(now);
    const left = this.#left(gridLine);
    // A thread that got no processor for long must not make up for it in one long burst.
    if (left > PERIOD_MS) return this.#begin(duty, now);
    if (left > LEAST_MS) {
      this.#sliceEnd = Math.min(now + left, gridLine);
      return;
    }
    this.#control.sleep(gridLine - now);
    const woken = this.#time.now();
    this.#sliceEnd = woken + Math.max(this.#left(this.#gridLine(woken)), LEAST_MS);
  }

  /** The end of the period that `now` is in. */
  #gridLine(now: number): number {
    return this.#origin + (Math.floor((now - this.#origin) / PERIOD_MS) + 1) * PERIOD_MS;
  }

  /** CPU time, ms, that may still be used until then. */
  #left(gridLine: number): number {
    const used = (this.#time.cpuMicroseconds() - this.#cpuOrigin) / 1000;
    return this.#duty * (gridLine - this.#origin) - used;
  }

  #begin(duty: number, now: number): void {
    this.#duty = duty;
    this.#origin = now;
    this.#cpuOrigin = this.#time.cpuMicroseconds();
    this.#sliceEnd = now + duty * PERIOD_MS;
  }
}
