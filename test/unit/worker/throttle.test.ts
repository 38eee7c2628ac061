// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Throttle } from '../../../worker/throttle.ts';

const PERIOD_MS = 20;
/** How late a sleeping thread wakes. */
const LATE_MS = 0.3;

interface Load {
  /** CPU between two looks at the clock, ms */
  readonly pieceMs?: number;
  /** share of the processor that others leave */
  readonly left?: number;
}

/** A thread that computes in small pieces on a processor of its own, unless the test takes it away. */
class Thread {
  wallMs = 1000;
  cpuMs = 50;
  /** the longest that it has computed without a rest, ms */
  longestRunMs = 0;
  readonly throttle = new Throttle({
    now: () => this.wallMs,
    cpuMs: () => this.cpuMs,
    periodMs: PERIOD_MS,
  });
  #runMs = 0;

  constructor(duty = 1, phase = 0) {
    this.throttle.begin(duty, phase);
  }

  /** Lives for so long. */
  live(ms: number, { pieceMs = 0.05, left = 1 }: Load = {}): void {
    const end = this.wallMs + ms;
    while (this.wallMs < end) {
      const rest = this.throttle.restMs();
      if (rest > 0) this.sleep(rest + LATE_MS);
      else {
        this.wallMs += pieceMs / left;
        this.cpuMs += pieceMs;
        this.#runMs += pieceMs / left;
        this.longestRunMs = Math.max(this.longestRunMs, this.#runMs);
      }
    }
  }

  sleep(ms: number): void {
    this.wallMs += ms;
    this.#runMs = 0;
  }

  /** Share of time that it computes in the next milliseconds, %. */
  percentIn(ms: number, load?: Load): number {
    const { wallMs, cpuMs } = this;
    this.live(ms, load);
    return ((this.cpuMs - cpuMs) / (this.wallMs - wallMs)) * 100;
  }
}

describe('the throttle', () => {
  test.each([1, 10, 30, 50, 80, 99])('holds a thread to %i percent of the time', (percent) => {
    const thread = new Thread(percent / 100);
    expect(Math.abs(thread.percentIn(10_000) - percent)).toBeLessThan(percent === 99 ? 1 : 0.3);
  });

  test.each([10, 30, 50, 80])(
    'lets no thread at %i percent compute for more than 20 ms at a time',
    (percent) => {
      const thread = new Thread(percent / 100);
      thread.live(10_000);
      expect(thread.longestRunMs).toBeLessThanOrEqual(20);
    },
  );

  test('makes up for pieces that are longer than a slice', () => {
    expect(new Thread(0.1).percentIn(30_000, { pieceMs: 250 })).toBeCloseTo(10, 0);
  });

  test('makes up for what others took, but slowly and not for all of it', () => {
    const thread = new Thread(0.5);
    thread.live(10_000, { left: 0.2 });
    thread.longestRunMs = 0;
    const soon = thread.percentIn(200);
    expect(soon).toBeGreaterThan(55);
    expect(soon).toBeLessThan(65);
    expect(thread.longestRunMs).toBeLessThanOrEqual(PERIOD_MS);
    thread.live(1000);
    expect(thread.percentIn(5000)).toBeCloseTo(50, 0);
  });

  test('leaves a thread alone that may compute all of the time', () => {
    expect(new Thread(1).percentIn(5000)).toBeCloseTo(100);
  });

  test('does what a new limit says within a period', () => {
    const thread = new Thread(1);
    thread.live(1000);
    for (const percent of [10, 80, 30]) {
      thread.throttle.begin(percent / 100, 0);
      thread.live(PERIOD_MS);
      expect(thread.percentIn(1000)).toBeCloseTo(percent, 0);
    }
  });

  test('goes on at once after a pause', () => {
    const thread = new Thread(0.1);
    for (let i = 0; i < 20; i++) {
      thread.throttle.pause();
      thread.sleep(993);
      thread.throttle.begin(0.1, 0);
      expect(thread.throttle.restMs()).toBe(0);
      thread.live(7);
    }
  });

  test('begins each slice at the line of its own phase, so that slots take turns', () => {
    const lineOf = (phase: number): number => {
      const thread = new Thread(0.2, phase);
      thread.live(5 * PERIOD_MS);
      let rest = 0;
      while (rest === 0) {
        thread.wallMs += 0.1;
        thread.cpuMs += 0.1;
        rest = thread.throttle.restMs();
      }
      return (thread.wallMs + rest) % PERIOD_MS;
    };
    expect(lineOf(0)).toBeCloseTo(0);
    expect(lineOf(0.25)).toBeCloseTo(PERIOD_MS / 4);
  });

  const loads = fc.record({
    duty: fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100),
    phase: fc.integer({ min: 0, max: 9 }).map((tenth) => tenth / 10),
    ms: fc.integer({ min: 1, max: 400 }),
    pieceMs: fc.constantFrom(0.02, 0.05, 1),
    left: fc.constantFrom(1, 1, 0.5, 0.1),
    pauseMs: fc.constantFrom(0, 0, 0, 3, 500),
  });

  test('keeps the mean within the cap and every run within a slice, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(loads, { minLength: 1, maxLength: 30 }), (sequence) => {
        const thread = new Thread(sequence[0]?.duty, sequence[0]?.phase);
        const { cpuMs: before } = thread;
        let mayUse = 0;
        for (const { duty, phase, ms, pieceMs, left, pauseMs } of sequence) {
          const { wallMs } = thread;
          if (pauseMs > 0) {
            thread.throttle.pause();
            thread.sleep(pauseMs);
          }
          thread.throttle.begin(duty, phase);
          thread.longestRunMs = 0;
          thread.live(ms, { pieceMs, left });
          expect(thread.longestRunMs).toBeLessThanOrEqual(PERIOD_MS + pieceMs / left);
          mayUse += duty * (thread.wallMs - wallMs);
        }
        // What is left of a period that has begun, and one piece too much.
        expect(thread.cpuMs - before).toBeLessThanOrEqual(mayUse + PERIOD_MS + 1);
      }),
      { numRuns: 200 },
    );
  });
});
