// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { Faults } from '../../../agent/faults.ts';
import { TestClock } from '../../support/test-clock.ts';

describe('faults of this device', () => {
  it('make it wait longer each time, until something succeeds', async () => {
    const clock = new TestClock();
    const faults = new Faults(clock, () => 1);
    expect(faults.waitMs).toBe(0);
    expect(faults.failed()).toBe(1000);
    expect(faults.failed()).toBe(2000);
    await clock.advance(500);
    expect(faults.waitMs).toBe(1500);
    faults.succeeded();
    expect(faults.waitMs).toBe(0);
    expect(faults.failed()).toBe(1000);
  });
});
