// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  DEFAULT_SETTINGS,
  readSettings,
  settingDoc,
  type SettingKey,
  settingsPatchSchema,
  settingsShape,
} from '../../../protocol/settings.ts';

const keys = Object.keys(settingsShape) as SettingKey[];

describe('settings', () => {
  test('an empty file gives the defaults, and nothing is called bad', () => {
    expect(readSettings({})).toEqual({ settings: DEFAULT_SETTINGS, bad: [] });
  });

  test('the defaults are those of the design: half the processor when away, none in use, never on battery', () => {
    expect(DEFAULT_SETTINGS).toMatchObject({
      awayCpuPercent: 50,
      inUseCpuPercent: 0,
      idleMinutes: 5,
      runOnBattery: false,
      awayMemoryPercent: 25,
      diskGigabytes: 5,
      keepFreeGigabytes: 10,
      consentGivenAt: null,
    });
  });

  test('a bad key falls back alone', () => {
    const { settings, bad } = readSettings({ awayCpuPercent: 'lots', idleMinutes: 7, runOnBattery: true });
    expect(bad).toEqual(['awayCpuPercent']);
    expect(settings).toMatchObject({ awayCpuPercent: 50, idleMinutes: 7, runOnBattery: true });
  });

  test('whatever is on the disk, reading it gives valid settings', () => {
    const stored = fc.oneof(
      fc.anything(),
      fc.record(Object.fromEntries(keys.map((key) => [key, fc.anything()])), { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(stored, (value) => {
        const { settings } = readSettings(value);
        return readSettings(settings).bad.length === 0;
      }),
    );
  });

  test.each(keys)('%s has a line that says what it does', (key) => {
    expect(settingDoc(key).doc).toMatch(/^[A-Z].{10,}\.$/);
  });

  test('a patch holds what it names and nothing else: no default is filled in', () => {
    expect(settingsPatchSchema.parse({ awayCpuPercent: 75 })).toEqual({ awayCpuPercent: 75 });
    expect(settingsPatchSchema.parse({})).toEqual({});
    expect(settingsPatchSchema.safeParse({ awayCpuPercent: 101 }).success).toBe(false);
    expect(settingsPatchSchema.safeParse({ consentGivenAt: 1 }).success).toBe(false);
    expect(settingsPatchSchema.safeParse({ pausedUntil: null }).success).toBe(false);
  });
});
