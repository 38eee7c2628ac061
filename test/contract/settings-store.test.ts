// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConfSettingsStore } from '../../agent/adapters/conf-settings-store.ts';
import type { SettingsStore } from '../../agent/ports.ts';
import { DEFAULT_SETTINGS } from '../../protocol/settings.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';

let folder: string;
const path = (): string => join(folder, 'settings.json');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-settings-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe.each([
  ['the fake', (stored?: unknown): SettingsStore => new FakeSettingsStore(stored)],
  [
    'a file',
    (stored?: unknown): SettingsStore => {
      if (stored !== undefined) writeFileSync(path(), JSON.stringify(stored));
      return new ConfSettingsStore(folder);
    },
  ],
])('the settings store on %s', (_name, make) => {
  it('has the defaults at first', () => {
    expect(make().load()).toEqual({ settings: DEFAULT_SETTINGS, bad: [] });
  });

  it('gives back what was saved, null and all', () => {
    const store = make();
    const settings = {
      ...DEFAULT_SETTINGS,
      awayCpuPercent: 80,
      pausedUntil: 'resumed' as const,
      consentGivenAt: 5,
    };
    store.save(settings);
    expect(store.load().settings).toEqual(settings);
    store.save({ ...settings, pausedUntil: null });
    expect(store.load().settings.pausedUntil).toBeNull();
  });

  it('lets a bad key fall back alone, and names it', () => {
    const { settings, bad } = make({ awayCpuPercent: 'half', idleMinutes: 9 }).load();
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, idleMinutes: 9 });
    expect(bad).toEqual(['awayCpuPercent']);
  });
});

describe('the settings store on a file', () => {
  it('is seen by another one on the same file, as both hosts use it', () => {
    new ConfSettingsStore(folder).save({ ...DEFAULT_SETTINGS, theme: 'dark' });
    expect(new ConfSettingsStore(folder).load().settings.theme).toBe('dark');
  });

  it('is for this user only, and leaves no half-written file behind', () => {
    new ConfSettingsStore(folder).save(DEFAULT_SETTINGS);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('keeps a file with a bad key aside before it is written over', () => {
    const bad = JSON.stringify({ idleMinutes: 0, theme: 'dark' });
    writeFileSync(path(), bad);
    const { setAside } = new ConfSettingsStore(folder).load();
    expect(setAside).toBe(`${path()}.bad-1`);
    expect(readFileSync(setAside ?? '', 'utf8')).toBe(bad);
    expect(new ConfSettingsStore(folder).load()).toEqual({
      settings: { ...DEFAULT_SETTINGS, theme: 'dark' },
      bad: [],
    });
  });

  it.each(['{"awayCpuPercent": 3', 'null', '[1]', '\0\0\0'])(
    'starts from the defaults when the file is %j',
    (text) => {
      writeFileSync(path(), text);
      const store = new ConfSettingsStore(folder);
      const { settings, setAside } = store.load();
      expect(settings).toEqual(DEFAULT_SETTINGS);
      expect(readFileSync(setAside ?? '', 'utf8')).toBe(text);
      expect(existsSync(path())).toBe(false);
      store.save({ ...settings, idleMinutes: 7 });
      expect(store.load()).toEqual({ settings: { ...DEFAULT_SETTINGS, idleMinutes: 7 }, bad: [] });
    },
  );

  it('takes another name for the second file that it keeps aside', () => {
    for (const n of [1, 2]) {
      writeFileSync(path(), '{');
      expect(new ConfSettingsStore(folder).load().setAside).toBe(`${path()}.bad-${n}`);
    }
  });

  it('leaves keys of a newer Lull as they are', () => {
    writeFileSync(path(), JSON.stringify({ gpuPercent: 40 }));
    const store = new ConfSettingsStore(folder);
    store.save({ ...store.load().settings, idleMinutes: 3 });
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toMatchObject({ gpuPercent: 40, idleMinutes: 3 });
  });
});
