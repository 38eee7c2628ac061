// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { PERIOD_MS, Throttle } from '../../../worker/throttle.ts';

/** A thread that computes in small pieces on a processor of its own, unless the test takes it away. */
class Thread {
  wallMs = 1000;
  cpuMs = 50;
  readonly #throttle: Throttle;

  constructor(duty: number, phase = 0) {
    this.#throttle = new Throttle({ now: () => this.wallMs, cpuMs: () => this.cpuMs, phase });
    this.#throttle.restart(duty);
  }

  /** Lives for so long; when it sleeps it wakes a little late. */
  live(ms: number, { pieceMs = 0.05, share = 1, lateMs = 0.3 } = {}): void {
    const end = this.wallMs + ms;
    while (this.wallMs < end) {
      const rest = this.#throttle.restMs();
      if (rest > 0) this.wallMs += rest + lateMs;
      else {
        this.wallMs += pieceMs / share;
        this.cpuMs += pieceMs;
      }
    }
  }

  /** share of time that it computed since the test began, % */
  percent(): number {
    return ((this.cpuMs - 50) / (this.wallMs - 1000)) * 100;
  }
}

describe('the throttle', () => {
  test.each([1, 10, 30, 50, 80, 99])('holds a thread to %i %% of the time', (percent) => {
    const thread = new Thread(percent / 100);
    thread.live(20_000);
    expect(Math.abs(thread.percent() - percent)).toBeLessThan(1);
  });

  test('makes up for pieces that are longer than a slice', () => {
    const thread = new Thread(0.1);
    thread.live(30_000, { pieceMs: 250 });
    expect(Math.abs(thread.percent() - 10)).toBeLessThan(1.5);
  });

  test('does not make up in one burst for what others took', () => {
    const thread = new Thread(0.5);
    thread.live(10_000, { share: 0.2 });
    const { wallMs, cpuMs } = thread;
    thread.live(1000);
    expect((thread.cpuMs - cpuMs) / (thread.wallMs - wallMs)).toBeLessThan(0.6);
  });

  test('leaves a thread alone that may compute all of the time', () => {
    const thread = new Thread(1);
    thread.live(5000);
    expect(thread.percent()).toBeCloseTo(100);
  });

  test('rests at the line of its own phase, so that slots take turns', () => {
    const linesOf = (phase: number): number => {
      let now = 12_345;
      let cpu = 0;
      const throttle = new Throttle({ now: () => now, cpuMs: () => cpu, phase });
      throttle.restart(0.2);
      now += PERIOD_MS;
      cpu += PERIOD_MS;
      return (now + throttle.restMs()) % PERIOD_MS;
    };
    expect(linesOf(0)).toBeCloseTo(0);
    expect(linesOf(0.25)).toBeCloseTo(25);
  });
});
