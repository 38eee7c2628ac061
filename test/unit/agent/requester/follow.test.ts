// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { timeLeft } from '../../../../agent/requester/follow.ts';

describe('timeLeft', () => {
  it('goes on at the pace so far', () => {
    expect(timeLeft({ done: 25, total: 100 }, 60_000)).toBe(180_000);
  });

  it('is unknown before anything is done', () => {
    expect(timeLeft({ done: 0, total: 100 }, 60_000)).toBeUndefined();
  });

  it('is nothing at the end, and never negative before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.nat(),
        (total, extra, elapsed) => {
          const left = timeLeft({ done: total, total: total + extra }, elapsed);
          expect(left).toBeGreaterThanOrEqual(0);
          if (extra === 0) expect(left).toBe(0);
        },
      ),
    );
  });
});
