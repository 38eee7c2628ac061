// SPDX-License-Identifier: MIT
import type { SettingsStore } from '../../agent/ports.ts';
import { LullError } from '../../protocol/errors.ts';
import { readSettings, type Settings } from '../../protocol/settings.ts';
import { SETTINGS_VERSION, VERSION_KEY } from '../../protocol/settings-migrations.ts';

/** Settings in memory. */
export class FakeSettingsStore implements SettingsStore {
  stored: unknown;
  full = false;

  constructor(stored: unknown = {}) {
    this.stored = stored;
  }

  load(): ReturnType<SettingsStore['load']> {
    return readSettings({ [VERSION_KEY]: SETTINGS_VERSION, ...Object(this.stored) });
  }

  save(settings: Settings): void {
    if (this.full) throw new LullError('disk_full', 'The disk is full: free some space.');
    this.stored = structuredClone(settings);
  }
}
