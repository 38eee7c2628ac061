// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { defaultsOf, type PatchKey, settingsShape } from '../../../../protocol/settings.ts';
import {
  isBooleanKey,
  isNumberKey,
  numberKind,
  stepsOf,
  stepsWith,
} from '../../../../renderer/screens/limits/setting-kind.ts';

const keys = Object.keys(defaultsOf()) as PatchKey[];

describe('the control of a setting', () => {
  it('follows from its schema, for all but those that have a control of their own', () => {
    const others = keys.filter((key) => !isBooleanKey(key) && !isNumberKey(key));
    expect(others).toEqual(['exclusiveApps', 'schedule', 'currency', 'tariffWindows', 'theme']);
    expect(isBooleanKey('runOnBattery')).toBe(true);
    expect(numberKind('awayThreads')).toEqual({ min: 1, max: 1024, whole: true, nullable: true });
    expect(numberKind('pricePerKwh')).toEqual({ min: 0, max: 1_000_000, whole: false, nullable: true });
  });

  it('has steps that lie within the range of the setting, grow, and hold its default', () => {
    const sliders = keys.filter(isNumberKey).flatMap((key) => {
      const steps = stepsOf(key);
      return steps === undefined ? [] : [{ key, steps }];
    });
    expect(sliders.map(({ key }) => key)).toContain('idleMinutes');
    for (const { key, steps } of sliders) {
      const schema = settingsShape[key];
      for (const step of steps) expect(schema.safeParse(step).success, `${key} ${step}`).toBe(true);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      expect(steps).toContain(defaultsOf()[key]);
      expect(steps.length).toBeGreaterThan(5);
      expect(steps.length).toBeLessThan(30);
    }
  });

  it('takes in the value that is set, so that what is shown is true', () => {
    expect(stepsWith([1, 5, 10], 7)).toEqual([1, 5, 7, 10]);
    expect(stepsWith([1, 5, 10], 5)).toEqual([1, 5, 10]);
  });
});
