// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cpuCapOf } from '../../../../agent/policy/cpu-cap.ts';

describe('the cap on processor time', () => {
  it('uses as few slots as can hold it', () => {
    expect(cpuCapOf(8, 50)).toEqual({ slots: 4, dutyPercent: 100 });
    expect(cpuCapOf(2, 50)).toEqual({ slots: 1, dutyPercent: 100 });
    expect(cpuCapOf(4, 30)).toEqual({ slots: 2, dutyPercent: 60 });
    expect(cpuCapOf(64, 1)).toEqual({ slots: 1, dutyPercent: 64 });
    expect(cpuCapOf(4, 0)).toEqual({ slots: 0, dutyPercent: 0 });
  });

  it('is exactly the share that was asked for, with a duty that a slot can take', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 1, max: 100 }), (threads, percent) => {
        const { slots, dutyPercent } = cpuCapOf(threads, percent);
        expect(slots * dutyPercent).toBeCloseTo(threads * percent, 6);
        expect(dutyPercent).toBeGreaterThanOrEqual(1);
        expect(dutyPercent).toBeLessThanOrEqual(100);
      }),
    );
  });
});
