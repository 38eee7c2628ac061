// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { checkDocs } from './docs.ts';

const ROOT = join(import.meta.dirname, '..');

interface Check {
  readonly name: string;
  /** A module of node_modules with its arguments, or a function that gives one line a problem. */
  readonly run: readonly string[] | (() => string[]);
}

interface Verdict {
  readonly ok: boolean;
  readonly output: string;
}

const pages = (): string[] => [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...globSync('*/**/README.md', {
    cwd: ROOT,
    exclude: (path) => /(^|\/)(node_modules|dist|release)(\/|$)/.test(path),
  }),
];

/** The slowest first, so that two at a time end about together. */
const CHECKS: readonly Check[] = [
  { name: 'lint', run: ['eslint/bin/eslint.js', '--max-warnings', '0', '.'] },
  { name: 'types', run: ['typescript/bin/tsc', '-p', 'tsconfig.json', '--pretty', 'false'] },
  {
    name: 'types of e2e tests',
    run: ['typescript/bin/tsc', '-p', 'test/e2e/tsconfig.json', '--pretty', 'false'],
  },
  {
    name: 'renderer',
    run: [
      'svelte-check/bin/svelte-check',
      '--tsconfig',
      'renderer/tsconfig.json',
      '--fail-on-warnings',
      '--output',
      'human',
    ],
  },
  { name: 'unused code', run: ['knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors'] },
  { name: 'format', run: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'] },
  { name: 'docs', run: () => checkDocs(ROOT, pages()) },
];

const runTool = ([tool = '', ...args]: readonly string[]): Promise<Verdict> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', tool), ...args], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });

const judge = async ({ run }: Check): Promise<Verdict> => {
  if (typeof run !== 'function') return runTool(run);
  const problems = run();
  return { ok: problems.length === 0, output: problems.join('\n') };
};

const failed: string[] = [];
const waiting = [...CHECKS];
const worker = async (): Promise<void> => {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const began = performance.now();
    const { ok, output } = await judge(check);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (!ok) failed.push(check.name);
    console.log(
      ok
        ? `ok      ${check.name} (${seconds} s)`
        : `FAILED  ${check.name} (${seconds} s)\n${output.trimEnd()}\n`,
    );
  }
};
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
console.log(failed.length === 0 ? 'Everything is as it should be.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
