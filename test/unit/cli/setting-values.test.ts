// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { patchOf, presetPatch, settingKey, settingLines } from '../../../cli/setting-values.ts';
import { DEFAULT_SETTINGS, SETTING_SECTIONS, settingKeysIn } from '../../../protocol/settings.ts';

describe('a setting on the command line', () => {
  it.each([
    ['awayCpuPercent', '75', 75],
    ['stopOnCall', 'off', false],
    ['stopOnCall', 'Yes', true],
    ['stopOnCall', 'true', true],
    ['pricePerKwh', 'none', null],
    ['pricePerKwh', '0.3', 0.3],
    ['theme', 'dark', 'dark'],
    ['currency', 'USD', 'USD'],
    ['exclusiveApps', '["no", "1"]', ['no', '1']],
  ])('%s takes %s', (name, text, value) => {
    const key = settingKey(name);
    expect(patchOf(key, text)).toEqual({ [key]: value });
  });

  it.each([
    ['awayCpuPercent', '101'],
    ['stopOnCall', 'maybe'],
    ['theme', 'pink'],
    ['schedule', '["1"]'],
  ])('%s does not take %s, and the failure says what it is for', (name, text) => {
    const run = (): unknown => patchOf(settingKey(name), text);
    expect(run).toThrow(new RegExp(`^${name}.* does not take .*\\.$`));
  });

  it('is found however it is written, and what is near is named', () => {
    expect(settingKey('IDLEMINUTES')).toBe('idleMinutes');
    expect(() => settingKey('percent')).toThrow(/Did you mean awayCpuPercent or /);
    expect(() => settingKey('wings')).toThrow(/lull settings/);
    expect(() => settingKey('pausedUntil')).toThrow(/There is no setting pausedUntil/);
  });

  it('is listed with the others, and marked where it is not at its default', () => {
    const lines = settingLines({ ...DEFAULT_SETTINGS, idleMinutes: 9 });
    for (const key of SETTING_SECTIONS.flatMap(settingKeysIn)) {
      expect(lines.filter((line) => line.startsWith(`  ${key} `))).toHaveLength(1);
    }
    expect(lines.filter((line) => line.includes(' * '))).toEqual([
      expect.stringMatching(/^ {2}idleMinutes +\* 9 min +Minutes without input/),
    ]);
    expect(lines[0]).toContain('custom');
  });

  it('may be one of many that a preset sets', () => {
    expect(presetPatch('Full')).toMatchObject({ awayCpuPercent: 100 });
    expect(() => presetPatch('loud')).toThrow(/quiet, balanced, full/);
  });
});
