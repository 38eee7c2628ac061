// SPDX-License-Identifier: MIT

/** One period of the cap, ms. */
export const PERIOD_MS = 100;
/** Shorter slices would cost more in looking at the clock than they compute. */
const SHORTEST_SLICE_MS = 0.2;

export interface ThrottleParts {
  /** ms from an arbitrary start */
  readonly now: () => number;
  /** CPU time of the thread that is capped, ms */
  readonly cpuMs: () => number;
  /** where in the period this slot begins, 0..1: slots that compute at different times are smoother together */
  readonly phase: number;
}

/**
 * Caps the share of time that a thread computes (METERING.md section 4): computes for a slice, then rests until the
 * next line of a fixed grid. An integrating controller: the next slice makes up for what the last one was off, so
 * errors do not add up.
 */
export class Throttle {
  readonly #parts: ThrottleParts;
  #duty = 1;
  #startedAt = 0;
  #cpuAtStart = 0;
  #sliceEnd = Infinity;

  constructor(parts: ThrottleParts) {
    this.#parts = parts;
  }

  /** Sets the share of time, 0..1, and forgets the past: also to be called after a pause. */
  restart(duty: number): void {
    this.#duty = duty;
    this.#sliceEnd = Infinity;
    if (duty >= 1) return;
    const now = this.#parts.now();
    this.#startedAt = now;
    this.#cpuAtStart = this.#parts.cpuMs();
    this.#sliceEnd = now + this.#slice(this.#nextLine(now));
  }

  /**
   * @returns ms to rest before going on, 0 for none. After having rested, ask again: a long debt is more than one
   * period.
   */
  restMs(): number {
    if (this.#duty >= 1) return 0;
    const now = this.#parts.now();
    if (now < this.#sliceEnd) return 0;
    const line = this.#nextLine(now);
    const slice = this.#slice(line + PERIOD_MS);
    if (slice < SHORTEST_SLICE_MS) {
      this.#sliceEnd = line;
      return line - now;
    }
    this.#sliceEnd = line + slice;
    return line - now;
  }

  /** How long it may compute until `periodEnd`, when it has used up what it was allowed until then. */
  #slice(periodEnd: number): number {
    const used = this.#parts.cpuMs() - this.#cpuAtStart;
    const allowed = this.#duty * (periodEnd - this.#startedAt) - used;
    if (allowed <= PERIOD_MS) return Math.max(0, allowed);
    // Others had the processor for long: what they took is not to be taken back in one burst.
    this.#startedAt = periodEnd - PERIOD_MS;
    this.#cpuAtStart += used;
    return this.#duty * PERIOD_MS;
  }

  #nextLine(now: number): number {
    const offset = this.#parts.phase * PERIOD_MS;
    return Math.floor((now - offset) / PERIOD_MS) * PERIOD_MS + offset + PERIOD_MS;
  }
}
