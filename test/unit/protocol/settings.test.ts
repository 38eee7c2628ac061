// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PRESET_NAMES, presetOf, PRESETS } from '../../../protocol/presets.ts';
import {
  DEFAULT_SETTINGS,
  defaultsOf,
  readSettings,
  readSettingsText,
  SETTING_SECTIONS,
  settingDoc,
  type SettingKey,
  settingKeysIn,
  type Settings,
  settingsPatchSchema,
  settingsShape,
  writeSettingsText,
} from '../../../protocol/settings.ts';
import { migrateSettings, SETTINGS_VERSION, VERSION_KEY } from '../../../protocol/settings-migrations.ts';

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

  test('of version 1, running on battery meant at any charge, and still does', () => {
    expect(readSettings({ runOnBattery: true }).settings.batteryAbovePercent).toBe(0);
    expect(readSettings({ runOnBattery: true, [VERSION_KEY]: 2 }).settings.batteryAbovePercent).toBe(50);
    expect(readSettings({ runOnBattery: true, batteryAbovePercent: 30 }).settings.batteryAbovePercent).toBe(
      30,
    );
  });

  test('of a newer version are read as far as they are known, and keep their version', () => {
    const newer = { [VERSION_KEY]: SETTINGS_VERSION + 1, idleMinutes: 9, memoryPercent: 70 };
    expect(readSettings(newer).settings).toMatchObject({ idleMinutes: 9, awayMemoryPercent: 25 });
    expect(migrateSettings(newer)).toEqual({ stored: newer, migrated: false });
  });

  test('every setting that a view may change belongs to one section', () => {
    const listed = SETTING_SECTIONS.flatMap(settingKeysIn);
    expect(new Set(listed).size).toBe(listed.length);
    expect([...listed].sort()).toEqual(keys.filter((key) => settingDoc(key).section !== 'none').sort());
  });

  test('as a text they come back as they were, but consent and pauses are nobody else’s', () => {
    const settings: Settings = {
      ...DEFAULT_SETTINGS,
      consentGivenAt: 5,
      pausedUntil: 'resumed',
      idleMinutes: 9,
      exclusiveApps: ['blender'],
      tariffWindows: [{ days: [1, 7], from: '22:00', to: '06:00', pricePerKwh: 0.1 }],
    };
    const { patch, bad } = readSettingsText(writeSettingsText(settings));
    expect(bad).toEqual([]);
    expect({ ...DEFAULT_SETTINGS, ...patch }).toEqual({
      ...settings,
      consentGivenAt: null,
      pausedUntil: null,
    });
  });

  test('from a text, what is bad or unknown is left out alone and named', () => {
    const text = JSON.stringify({
      idleMinutes: 0,
      theme: 'dark',
      memoryPercent: 30,
      wings: 2,
      consentGivenAt: 1,
    });
    expect(readSettingsText(text)).toEqual({
      patch: { theme: 'dark', awayMemoryPercent: 30, inUseMemoryPercent: 30 },
      bad: ['idleMinutes', 'wings'],
    });
  });

  test.each(['', '{', 'null', '[1]', '3', '{}'])(
    '%j is no text of settings, and is refused with a sentence',
    (text) => {
      expect(() => readSettingsText(text)).toThrow(/^These are no settings of Lull: .*\.$/);
    },
  );

  test('the defaults of a section are those, and nothing else', () => {
    expect(defaultsOf('disk')).toEqual({ diskGigabytes: 5, keepFreeGigabytes: 10 });
    expect({ ...DEFAULT_SETTINGS, ...defaultsOf() }).toEqual(DEFAULT_SETTINGS);
  });

  test('presets are known by what they set, whoever set it; Balanced is the defaults', () => {
    expect(presetOf(DEFAULT_SETTINGS)).toBe('balanced');
    for (const name of PRESET_NAMES) {
      expect(presetOf({ ...DEFAULT_SETTINGS, ...PRESETS[name] })).toBe(name);
      expect(settingsPatchSchema.parse(PRESETS[name])).toEqual(PRESETS[name]);
    }
    expect(presetOf({ ...DEFAULT_SETTINGS, awayCpuPercent: 51 })).toBe('custom');
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
