// SPDX-License-Identifier: MIT
import type { Settings } from './settings.ts';

export const PRESET_NAMES = ['quiet', 'balanced', 'full'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** The settings that a preset decides; everything else stays as the owner has it. */
export type PresetSettings = Pick<
  Settings,
  | 'awayCpuPercent'
  | 'inUseCpuPercent'
  | 'awayThreads'
  | 'inUseThreads'
  | 'awayGpuPercent'
  | 'inUseGpuPercent'
  | 'awayMemoryPercent'
  | 'inUseMemoryPercent'
  | 'idleMinutes'
  | 'busyPercent'
>;

/** Balanced is what the defaults are. No preset touches battery, heat or any other rule that protects. */
export const PRESETS: Readonly<Record<PresetName, PresetSettings>> = {
  quiet: {
    awayCpuPercent: 25,
    inUseCpuPercent: 0,
    awayThreads: null,
    inUseThreads: null,
    awayGpuPercent: 25,
    inUseGpuPercent: 0,
    awayMemoryPercent: 15,
    inUseMemoryPercent: 15,
    idleMinutes: 10,
    busyPercent: 25,
  },
  balanced: {
    awayCpuPercent: 50,
    inUseCpuPercent: 0,
    awayThreads: null,
    inUseThreads: null,
    awayGpuPercent: 50,
    inUseGpuPercent: 0,
    awayMemoryPercent: 25,
    inUseMemoryPercent: 25,
    idleMinutes: 5,
    busyPercent: 40,
  },
  full: {
    awayCpuPercent: 100,
    inUseCpuPercent: 25,
    awayThreads: null,
    inUseThreads: null,
    awayGpuPercent: 100,
    inUseGpuPercent: 0,
    awayMemoryPercent: 50,
    inUseMemoryPercent: 25,
    idleMinutes: 3,
    busyPercent: 60,
  },
};

/** Which preset the settings are, whoever set them one by one; `custom` when they are none. */
export function presetOf(settings: PresetSettings): PresetName | 'custom' {
  const is = (name: PresetName): boolean =>
    (Object.keys(PRESETS[name]) as (keyof PresetSettings)[]).every(
      (key) => PRESETS[name][key] === settings[key],
    );
  return PRESET_NAMES.find(is) ?? 'custom';
}
