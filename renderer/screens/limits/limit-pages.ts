// SPDX-License-Identifier: MIT
import { type PatchKey, settingKeysIn, type SettingSection } from '../../../protocol/settings.ts';
import type { SignalName } from '../../../protocol/signals.ts';

/** A page of limits: some sections of settings, with what the sensors say about them. */
export interface LimitPage {
  /** names the page in its address; no setting is called so */
  readonly id: 'processor' | 'presence' | 'power' | 'programs' | 'week' | 'energy' | 'connection' | 'storage';
  readonly sections: readonly SettingSection[];
  readonly signals: readonly SignalName[];
}

export const LIMIT_PAGES: readonly LimitPage[] = [
  { id: 'processor', sections: ['cpu', 'gpu', 'memory'], signals: ['freeMemoryBytes'] },
  { id: 'presence', sections: ['when'], signals: ['idleSeconds', 'screenLocked'] },
  {
    id: 'power',
    sections: ['power'],
    signals: ['onBattery', 'batteryPercent', 'powerSaver', 'thermal', 'cpuSpeedPercent', 'goingToSleep'],
  },
  {
    id: 'programs',
    sections: ['programs'],
    signals: ['othersCpuPercent', 'fullScreen', 'presentation', 'microphoneInUse', 'cameraInUse'],
  },
  { id: 'week', sections: ['schedule'], signals: [] },
  { id: 'energy', sections: ['electricity'], signals: [] },
  { id: 'connection', sections: ['network'], signals: ['metered'] },
  { id: 'storage', sections: ['disk'], signals: ['freeDiskBytes'] },
];

/** Everything that a page changes. */
export const keysOn = (page: LimitPage): PatchKey[] => page.sections.flatMap(settingKeysIn);

/** The page that an address leads to: by its own name, or by a setting that stands on it. */
export const pageOf = (target: string | undefined): LimitPage | undefined =>
  LIMIT_PAGES.find((page) => page.id === target || keysOn(page).some((key) => key === target));
