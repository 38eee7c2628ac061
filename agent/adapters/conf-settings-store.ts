// SPDX-License-Identifier: MIT
import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import Conf from 'conf';

import { readSettings, type Settings } from '../../protocol/settings.ts';
import { migrateSettings } from '../../protocol/settings-migrations.ts';
import type { SettingsStore } from '../ports.ts';
import { errnoOf, fromDisk } from './disk-errors.ts';

/** A name beside the file that is not taken yet. */
function freeName(path: string): string {
  for (let n = 1; ; n++) {
    const name = `${path}.bad-${n}`;
    if (!existsSync(name)) return name;
  }
}

/** What the file holds, or undefined when it is not JSON of an object. */
function contentOf(path: string): Record<string, unknown> | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
    return content as Record<string, unknown>;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return {};
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `settings.json` in the data folder, the same in both hosts; written whole or not at all. */
export class ConfSettingsStore implements SettingsStore {
  readonly #path: string;
  readonly #folder: string;
  #conf: Conf | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, 'settings.json');
  }

  load(): ReturnType<SettingsStore['load']> {
    const content = contentOf(this.#path);
    if (content === undefined) {
      const setAside = freeName(this.#path);
      renameSync(this.#path, setAside);
      return { settings: readSettings({}).settings, bad: [], setAside };
    }
    const { settings, bad } = readSettings(content);
    if (bad.length === 0) return { settings, bad };
    const setAside = freeName(this.#path);
    copyFileSync(this.#path, setAside);
    this.save(settings);
    return { settings, bad, setAside };
  }

  save(settings: Settings): void {
    try {
      this.#conf ??= new Conf({
        cwd: this.#folder,
        configName: 'settings',
        configFileMode: 0o600,
        accessPropertiesByDotNotation: false,
      });
      // Keys of a newer Lull in the same file stay; those of an older one that mean nothing any more go.
      this.#conf.store = { ...migrateSettings(this.#conf.store).stored, ...settings };
    } catch (error) {
      throw fromDisk(error, this.#path);
    }
  }
}
