// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './build.ts';

/** The packages with WebAssembly in them that the meter is tested on. Apart, so that `npm install` stays light. */
const FOLDER = join(ROOT, 'test/corpus');
export const CORPUS_PACKAGES = join(FOLDER, 'node_modules');
const STAMP = join(CORPUS_PACKAGES, '.lull-installed');

export const INSTALL_CORPUS = 'npm ci --ignore-scripts --prefix test/corpus';

const lockHash = (): string =>
  createHash('sha256')
    .update(readFileSync(join(FOLDER, 'package-lock.json')))
    .digest('hex');

/** Whether what the lock names is there. */
export function isCorpusInstalled(): boolean {
  try {
    return readFileSync(STAMP, 'utf8') === lockHash();
  } catch {
    return false;
  }
}

/** Installs the corpus where it is missing or old; where that does not succeed, its tests skip themselves. */
export function provideCorpus(say: (line: string) => void): void {
  if (isCorpusInstalled()) return;
  say('Installing the packages that the meter is tested on …');
  const npm = process.env['npm_execpath'];
  const [program, ...before] = npm?.endsWith('.js') === true ? [process.execPath, npm] : ['npm'];
  const args = [...before, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, stderr, error } = spawnSync(program, args, {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (status === 0) writeFileSync(STAMP, lockHash());
  else say(`That did not succeed, so their tests are skipped.\n${error?.message ?? stderr.trim()}`);
}
