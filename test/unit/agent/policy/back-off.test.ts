// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { backOffMs, NETWORK_BACK_OFF } from '../../../../agent/policy/back-off.ts';

describe('backing off', () => {
  it('doubles from try to try up to its bound', () => {
    const waits = [1, 2, 3, 4, 20, 2000].map((failures) => backOffMs(NETWORK_BACK_OFF, failures, 1));
    expect(waits).toEqual([250, 500, 1000, 2000, 30_000, 30_000]);
  });

  it('is spread over the upper half of the time, so that devices do not come together', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const whole = backOffMs(NETWORK_BACK_OFF, failures, 1);
          const wait = backOffMs(NETWORK_BACK_OFF, failures, random);
          expect(wait).toBeGreaterThanOrEqual(whole / 2);
          expect(wait).toBeLessThanOrEqual(whole);
        },
      ),
    );
  });
});
