// SPDX-License-Identifier: MIT
import type { MessageKey } from '../../assets/words/translate.ts';
import type { Settings } from '../../protocol/settings.ts';
import { format, t } from './page-words.ts';

type ShownKey = Exclude<keyof Settings, 'consentGivenAt' | 'pausedUntil'>;

const LABELS: { readonly [K in ShownKey]: MessageKey } = {
  awayCpuPercent: 'setting.awayCpuPercent',
  inUseCpuPercent: 'setting.inUseCpuPercent',
  idleMinutes: 'setting.idleMinutes',
  runOnBattery: 'setting.runOnBattery',
  memoryPercent: 'setting.memoryPercent',
  diskGigabytes: 'setting.diskGigabytes',
  keepFreeGigabytes: 'setting.keepFreeGigabytes',
  theme: 'setting.theme',
};

const VALUES: { readonly [K in ShownKey]: (value: Settings[K]) => string } = {
  awayCpuPercent: (value) => format.percent(value),
  inUseCpuPercent: (value) => format.percent(value),
  idleMinutes: (value) => format.duration(value * 60),
  runOnBattery: (value) => t(value ? 'value.on' : 'value.off'),
  memoryPercent: (value) => format.percent(value),
  diskGigabytes: (value) => format.gigabytes(value * 1e9),
  keepFreeGigabytes: (value) => format.gigabytes(value * 1e9),
  theme: (value) => t(`theme.${value}`),
};

export const settingLabel = (key: ShownKey): MessageKey => LABELS[key];

/** The value of a setting as people read it. */
export const settingValue = <K extends ShownKey>(key: K, value: Settings[K]): string => VALUES[key](value);
