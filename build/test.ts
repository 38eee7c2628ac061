// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BuildError, ensureBuilt, ROOT } from './build.ts';
import { provideCorpus } from './corpus.ts';
import { provideNeeds } from './test-environment.ts';
import type { TestTally } from './test-reporter.ts';

const say = (line: string): void => {
  console.log(line);
};

const runVitest = (args: readonly string[], tallyFile: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'build/test-reporter.ts')}`];
    const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...args], {
      cwd: ROOT,
      env: { ...process.env, LULL_TEST_TALLY: tallyFile },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

const readTally = async (file: string): Promise<TestTally> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as TestTally;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { passed: 0, failed: 0, skipped: [] };
    throw error;
  }
};

/** @returns whether dist/ holds everything that tests run */
const build = async (): Promise<boolean> => {
  try {
    await ensureBuilt();
    return true;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    say(error.message);
    return false;
  }
};

const folder = await mkdtemp(join(tmpdir(), 'lull-test-'));
try {
  provideNeeds(say);
  const wanted = process.argv.slice(2);
  if (wanted.length === 0 || wanted.some((name) => name.includes('corpus'))) provideCorpus(say);
  const built = await build();
  const tallyFile = join(folder, 'tally.json');
  const code = await runVitest(wanted, tallyFile);
  const { passed, failed, skipped } = await readTally(tallyFile);
  for (const { name, reason } of skipped) say(`skipped: ${name}: ${reason}`);
  if (!built) say('The build failed (see above), so tests of what ships ran on an old dist/ or none.');
  if (passed + failed === 0) say('No test ran.');
  process.exitCode = code !== 0 || !built || failed > 0 || passed === 0 ? 1 : 0;
  say(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
} finally {
  await rm(folder, { recursive: true });
}
