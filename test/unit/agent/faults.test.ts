// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { Faults } from '../../../agent/faults.ts';
import { blobHashOf } from '../../../protocol/hashes.ts';
import { TestClock } from '../../support/test-clock.ts';

const MODULE = blobHashOf(Buffer.from('one'));
const OTHER = blobHashOf(Buffer.from('other'));

describe('faults of this device', () => {
  it('make it wait longer each time, until something succeeds', async () => {
    const clock = new TestClock();
    const faults = new Faults(clock, () => 1);
    expect(faults.waitMs).toBe(0);
    expect(faults.failed()).toBe(1000);
    expect(faults.workerFailed(MODULE)).toBe(2000);
    await clock.advance(500);
    expect(faults.waitMs).toBe(1500);
    faults.succeeded();
    expect(faults.waitMs).toBe(0);
    expect(faults.failed()).toBe(1000);
  });

  it('give a module up at its third, and no other module', () => {
    const faults = new Faults(new TestClock(), () => 1);
    for (let n = 0; n < 3; n++) {
      expect(faults.givenUp(MODULE)).toBe(false);
      faults.workerFailed(MODULE);
      faults.succeeded();
    }
    expect(faults.givenUp(MODULE)).toBe(true);
    expect(faults.givenUp(OTHER)).toBe(false);
  });
});
