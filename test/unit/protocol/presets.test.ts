// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { PRESET_NAMES, presetOf, PRESETS, type PresetSettings } from '../../../protocol/presets.ts';
import { DEFAULT_SETTINGS, settingsPatchSchema } from '../../../protocol/settings.ts';
import { decision } from '../../support/policy-look.ts';

const KEYS = Object.keys(PRESETS.balanced) as (keyof PresetSettings)[];

describe('the presets', () => {
  it('are what the owner may change, and nothing else', () => {
    for (const name of PRESET_NAMES) expect(settingsPatchSchema.parse(PRESETS[name])).toEqual(PRESETS[name]);
  });

  it('are known by what the settings are, whoever set them', () => {
    for (const name of PRESET_NAMES) expect(presetOf({ ...DEFAULT_SETTINGS, ...PRESETS[name] })).toBe(name);
  });

  it('begin with Balanced, which is what the defaults are', () => {
    expect(presetOf(DEFAULT_SETTINGS)).toBe('balanced');
  });

  it.each(KEYS)('are custom once %s is another', (key) => {
    for (const name of PRESET_NAMES) {
      const other = key.endsWith('Threads') ? 3 : 7;
      expect(presetOf({ ...PRESETS[name], [key]: other })).toBe('custom');
    }
  });

  it('leave every rule that protects as the owner has it', () => {
    const own = {
      ...DEFAULT_SETTINGS,
      runOnBattery: true,
      stopWhenHot: false,
      stopOnCall: false,
      keepAwake: true,
    };
    for (const name of PRESET_NAMES) {
      expect({ ...own, ...PRESETS[name] }).toMatchObject({
        runOnBattery: true,
        stopWhenHot: false,
        stopOnCall: false,
        keepAwake: true,
      });
    }
  });

  it('give the work more from Quiet to Full, and only Full gives it anything while somebody is there', () => {
    const slots = (idleSeconds: number): number[] =>
      PRESET_NAMES.map((name) => decision({ settings: PRESETS[name], signals: { idleSeconds } }).slots);
    expect(slots(3600)).toEqual([2, 4, 8]);
    expect(slots(0)).toEqual([0, 0, 2]);
  });
});
