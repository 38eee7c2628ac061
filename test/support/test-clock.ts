// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
}

/** A clock that moves only when told to; timers run in order of their time. */
export class TestClock implements Clock {
  #now: number;
  #monotonic = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(now = Date.UTC(2026, 10, 22, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, call: () => void): () => void {
    const timer: Timer = { at: this.#monotonic + Math.max(0, delayMs), order: this.#order++, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves time forward, running every timer that comes due; lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#to(next.at);
      next.call();
      await settle();
    }
    this.#to(end);
    await settle();
  }

  /** As `advance`, at once: for what waits for nothing but the clock. */
  run(ms: number): void {
    const end = this.#monotonic + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#to(next.at);
      next.call();
    }
    this.#to(end);
  }

  /** Sets the wall clock as a person would: `monotonic` and timers do not notice. */
  setWallClock(now: number): void {
    this.#now = now;
  }

  /** The timer that comes due first, by then. */
  #next(end: number): Timer | undefined {
    const first = [...this.#timers].sort((a, b) => a.at - b.at || a.order - b.order)[0];
    return first === undefined || first.at > end ? undefined : first;
  }

  #to(monotonic: number): void {
    this.#now += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

/** Lets everything that is already resolved run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
