// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ROOT } from '../../support/processes.ts';

/** What it takes to add a boolean: each file, what stands before the new lines there, and the lines. */
const TOUCHED: readonly (readonly [file: string, before: string, lines: string])[] = [
  [
    'protocol/settings.ts',
    '  theme: setting(',
    "  beepWhenDone: setting(z.boolean().default(false), { section: 'app', doc: 'Beep when a task is done.' }),\n",
  ],
  [
    'assets/translations/en.json',
    '  "setting.theme":',
    '  "setting.beepWhenDone": "Beep",\n  "setting.beepWhenDone.hint": "When a task is done.",\n',
  ],
  // Where it is used.
  [
    'agent/policy/pause.ts',
    'const MINUTE_MS',
    'export const beeps = (settings: Settings): boolean => settings.beepWhenDone;\n',
  ],
];

/** All that handles settings without knowing their names. */
const CHECKED = [
  'protocol',
  'assets/words',
  'agent/adapters/conf-settings-store.ts',
  'agent/owner-settings.ts',
  'agent/policy',
  'cli/setting-values.ts',
  'renderer/text/setting-text.ts',
  'renderer/screens/limits/setting-kind.ts',
  'renderer/screens/limits/setting-hints.ts',
];

const USES_IT = `
import { ConfSettingsStore } from './agent/adapters/conf-settings-store.ts';
import { beeps } from './agent/policy/pause.ts';
import { wordsFor } from './assets/words/words.ts';
import { patchOf, settingKey, settingLines } from './cli/setting-values.ts';
import { readSettingsText, settingKeysIn, settingsPatchSchema, writeSettingsText } from './protocol/settings.ts';

const store = new ConfSettingsStore('.');
const before = store.load().settings;
store.save({ ...before, ...settingsPatchSchema.parse(patchOf(settingKey('beepwhendone'), 'on')) });
const { settings } = new ConfSettingsStore('.').load();
console.log(JSON.stringify({
  before: beeps(before),
  after: beeps(settings),
  travels: readSettingsText(writeSettingsText(settings)).patch.beepWhenDone,
  page: settingKeysIn('app'),
  terminal: settingLines(settings).find((line) => line.includes('beepWhenDone')),
  label: wordsFor(['en']).t('setting.beepWhenDone'),
}));
`;

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'lull-boolean-'));
  for (const name of ['protocol', 'assets', 'agent', 'cli', 'renderer', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, before, lines] of TOUCHED) {
    const text = readFileSync(join(copy, file), 'utf8');
    writeFileSync(
      join(copy, file),
      text.replace(before, () => lines + before),
    );
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('adding a boolean setting', () => {
  it('touches three files, and then it is kept, shown, described, changed, exported and used', () => {
    expect(TOUCHED).toHaveLength(3);
    writeFileSync(join(copy, 'uses-it.ts'), USES_IT);
    const said: unknown = JSON.parse(
      execFileSync(process.execPath, ['uses-it.ts'], { cwd: copy, encoding: 'utf8' }),
    );
    expect(said).toEqual({
      before: false,
      after: true,
      travels: true,
      page: ['startAtLogin', 'beepWhenDone', 'theme'],
      terminal: expect.stringMatching(/\* true +Beep when a task is done\.$/) as string,
      label: 'Beep',
    });
  });

  it('needs no other file for its types', { timeout: 120_000 }, () => {
    const config = { extends: './tsconfig.json', include: CHECKED, exclude: [] };
    writeFileSync(join(copy, 'tsconfig.boolean.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const check = (): string =>
      execFileSync(process.execPath, [tsc, '--noEmit', '-p', 'tsconfig.boolean.json'], {
        cwd: copy,
        encoding: 'utf8',
      });
    expect(check()).toBe('');
  });
});
