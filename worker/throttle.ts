// SPDX-License-Identifier: MIT

/** What a slot may keep for later when others had the processor, ms of the clock at its share. */
const MOST_CREDIT_MS = 100;
/** Shorter slices would cost more in waking up than they compute. */
const SHORTEST_SLICE_MS = 0.2;

export interface ThrottleParts {
  /** ms from a start that is the same for every slot of this computer: their periods follow one grid */
  readonly now: () => number;
  /** CPU time of everything that is capped, ms */
  readonly cpuMs: () => number;
  readonly periodMs: number;
}

/**
 * Caps the share of time that a slot computes (METERING.md section 4). Each period of a fixed grid has one slice of
 * computing and then a rest. A balance of what was earned and what was spent decides how long a slice is, so errors
 * do not add up: what was too much is rested for, to the end; what was too little is made up for slowly, in slices
 * that are hardly longer, and not for ever.
 */
export class Throttle {
  readonly #parts: ThrottleParts;
  #share = 1;
  #phase = 0;
  /** CPU ms that may be used, or if negative, were too much, at the time it was settled */
  #balanceMs = 0;
  #settledAt = 0;
  #cpuSettled = 0;
  /** when it last began to compute */
  #runStart = 0;
  #sliceEnd = Infinity;
  #isResting = true;
  #restEnd = 0;

  constructor(parts: ThrottleParts) {
    this.#parts = parts;
  }

  /** Some rest is left in every period, whatever there is to make up for, ms. */
  get #shortestRestMs(): number {
    return ((1 - this.#share) / 4) * this.#parts.periodMs;
  }

  get #longestSliceMs(): number {
    return Math.min(1.25 * this.#share, (1 + this.#share) / 2) * this.#parts.periodMs;
  }

  /**
   * Plans the rest of this period anew: at the start, after a pause, and with every change of the limit, which must
   * neither wait for the next period nor forgive what was used.
   * @param share of the time of one processor, 0..1
   * @param phase where in the period this slot begins, 0..1: slots that take turns are smoother together
   */
  begin(share: number, phase: number): void {
    const now = this.#parts.now();
    this.#settle(now);
    this.#share = share;
    this.#phase = phase;
    if (this.#isResting) this.#runStart = now;
    this.#isResting = false;
    const end = Math.min(now + this.#slice(now, this.#lineAfter(now)), this.#runStart + this.#longestSliceMs);
    this.#sliceEnd = share >= 1 ? Infinity : end;
  }

  /** It sleeps for another reason: what comes then is a new run. */
  pause(): void {
    this.#isResting = true;
  }

  /**
   * @returns ms to rest before going on, 0 for none. After having rested, ask again: a long debt is more than one
   * period.
   */
  restMs(): number {
    if (this.#sliceEnd === Infinity) return 0;
    const now = this.#parts.now();
    if (now < this.#sliceEnd) return 0;
    this.#settle(now);
    const line = this.#lineAfter(now);
    const sliceMs = this.#isResting && now >= this.#restEnd ? this.#slice(now, line) : 0;
    if (sliceMs > 0) {
      this.#isResting = false;
      this.#runStart = now;
      this.#sliceEnd = now + sliceMs;
      return 0;
    }
    this.#isResting = true;
    this.#restEnd = Math.max(line, now + this.#shortestRestMs);
    return this.#restEnd - now;
  }

  /** How long it may compute from now on, if it rests then until the period ends. */
  #slice(now: number, periodEnd: number): number {
    const leftMs = periodEnd - now;
    const allowed = this.#balanceMs + this.#share * leftMs;
    if (allowed < SHORTEST_SLICE_MS) return 0;
    return Math.max(0, Math.min(allowed, this.#longestSliceMs, leftMs - this.#shortestRestMs));
  }

  #settle(now: number): void {
    const cpuMs = this.#parts.cpuMs();
    const earned = this.#share * (now - this.#settledAt);
    const balance = this.#balanceMs + earned - (cpuMs - this.#cpuSettled);
    // Without a cap nothing is owed and nothing is saved.
    this.#balanceMs = this.#share >= 1 ? 0 : Math.min(balance, this.#share * MOST_CREDIT_MS);
    this.#settledAt = now;
    this.#cpuSettled = cpuMs;
  }

  #lineAfter(now: number): number {
    const { periodMs } = this.#parts;
    const offset = this.#phase * periodMs;
    return (Math.floor((now - offset) / periodMs) + 1) * periodMs + offset;
  }
}
