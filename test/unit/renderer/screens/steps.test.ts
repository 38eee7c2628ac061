// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { settingsShape } from '../../../../protocol/settings.ts';
import {
  DISK_GIGABYTES,
  IDLE_MINUTES,
  KEEP_FREE_GIGABYTES,
  stepsWith,
} from '../../../../renderer/screens/limits/steps.ts';

describe('the steps of a slider', () => {
  it('lie within the range of their setting and grow', () => {
    const lists = {
      idleMinutes: IDLE_MINUTES,
      diskGigabytes: DISK_GIGABYTES,
      keepFreeGigabytes: KEEP_FREE_GIGABYTES,
    };
    for (const [key, steps] of Object.entries(lists)) {
      const schema = settingsShape[key as keyof typeof lists];
      for (const step of steps) expect(schema.safeParse(step).success, `${key} ${step}`).toBe(true);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    }
  });

  it('take in the value that is set, so that what is shown is true', () => {
    expect(stepsWith([1, 5, 10], 7)).toEqual([1, 5, 7, 10]);
    expect(stepsWith([1, 5, 10], 5)).toEqual([1, 5, 10]);
  });
});
