// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { TestTally } from '../../../build/test-reporter.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Runs vitest with our reporter on files of these names and texts. */
const tallyOf = async (
  folder: string,
  files: Record<string, string>,
): Promise<{ tally: TestTally; code: number }> => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const tallyFile = join(folder, 'tally.json');
  const reporter = `--reporter=${join(ROOT, 'build/test-reporter.ts')}`;
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--globals', '--root', folder, reporter];
  const code = await new Promise<number>((resolve) => {
    const env = { ...process.env, LULL_TEST_TALLY: tallyFile };
    execFile(process.execPath, args, { cwd: folder, env }, (error) => resolve(error === null ? 0 : 1));
  });
  return { tally: JSON.parse(await readFile(tallyFile, 'utf8')) as TestTally, code };
};

describe('the tally of a test run', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lull-tally-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('counts what passed and what failed, and tells why tests were skipped', async () => {
    const { tally, code } = await tallyOf(folder, {
      'a.test.js': [
        "test('good', () => undefined);",
        "test('bad', () => { throw new Error('bad'); });",
        "describe('group', () => test('unmet', (context) => context.skip('no such program')));",
        "test.skip('left out', () => undefined);",
        "test.todo('later');",
      ].join('\n'),
    });
    expect(code).toBe(1);
    expect(tally).toEqual({
      passed: 1,
      failed: 1,
      skipped: [
        { name: 'a.test.js > group > unmet', reason: 'no such program' },
        { name: 'a.test.js > left out', reason: 'no reason given' },
        { name: 'a.test.js > later', reason: 'to do' },
      ],
    });
  });

  test('counts a file that does not load and an error outside of any test as failures', async () => {
    const { tally, code } = await tallyOf(folder, {
      'a.test.js': "import './none.js';",
      'b.test.js':
        "test('good', () => { setTimeout(() => { throw new Error('late'); }); return new Promise((r) => setTimeout(r, 50)); });",
    });
    expect(code).toBe(1);
    expect(tally).toMatchObject({ passed: 1, failed: 2 });
  });

  test('counts a hook that fails', async () => {
    const { tally, code } = await tallyOf(folder, {
      'a.test.js': "afterAll(() => { throw new Error('hook'); });\ntest('good', () => undefined);",
    });
    expect(code).toBe(1);
    expect(tally).toMatchObject({ passed: 1, failed: 1 });
  });
});
