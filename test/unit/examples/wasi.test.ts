// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { check } from '../../../examples/wasi/check.ts';
import { type ExampleRun, runWasiExample } from '../../support/example-run.ts';
import { preparedExamples } from '../../support/prepared-examples.ts';
import { runWasi } from '../../support/wasi-module.ts';

describe('the wasi example', { timeout: 120_000 }, () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: ExampleRun;
  let module: WebAssembly.Module;

  beforeAll(async () => {
    const prepared = await preparedExamples();
    remove = prepared.remove;
    folder = join(prepared.folder, 'wasi');
    run = await runWasiExample(folder);
    module = new WebAssembly.Module(await readFile(join(folder, 'words.wasm')));
  });
  afterAll(() => remove());

  it('merges to what counting the whole novel in one piece gives', async () => {
    expect(run.outputs).toHaveLength(28);
    expect(await check(run.merged, { folder })).toMatchObject({ ok: true, figures: { words: 215_945 } });
  });

  it('reads stdin, its arguments and a file', () => {
    const files = { 'few.txt': Buffer.from('the\n') };
    const stdin = Buffer.from('The whale, the Whale! "It is Mr. Ahab\'s." Œuvre\n');
    const { output, exitCode } = runWasi(module, { args: ['--common', 'few.txt'], stdin, files });
    expect(exitCode).toBe(0);
    const lines = Buffer.from(output).toString().trim().split('\n');
    expect(lines).toContain('sentences 3');
    expect(lines).toContain('word 2 1 the');
    expect(lines).toContain('word 2 0 whale');
    expect(lines).toContain("word 1 0 ahab's");
    expect(lines).toContain('word 1 0 Œuvre');
  });

  it.each([
    ['an unknown option', ['--nothing'], 'unknown option --nothing'],
    ['a file that is not there', ['--common', 'absent.txt'], 'cannot open absent.txt'],
    ['nothing to merge', ['--merge'], 'there is nothing to merge'],
  ])('ends with exit code 1 and says why with %s', (_what, args, why) => {
    const { exitCode, errors } = runWasi(module, { args });
    expect(exitCode).toBe(1);
    expect(errors).toContain(why);
  });

  it('fails its check when a count, a word or a part is wrong', async () => {
    const text = Buffer.from(run.merged).toString();
    for (const [from, to] of [
      ['"words": 215945', '"words": 215944'],
      ['"word": "whale"', '"word": "shark"'],
      ['"count": 14430', '"count": 14431'],
      ['"median": 16', '"median": 17'],
    ] as const) {
      expect(text).toContain(from);
      expect(await check(Buffer.from(text.replace(from, to)), { folder })).toMatchObject({ ok: false });
    }
    expect(await check(run.merged.subarray(0, 500), { folder })).toMatchObject({ ok: false });
  });

  it('fails its check when a part is missing from the merge', async () => {
    const files = Object.fromEntries(
      run.outputs.slice(1).map((output, i) => [`in/${String(i).padStart(5, '0')}`, output]),
    );
    const { output } = runWasi(module, { args: ['--merge'], files });
    expect(await check(output, { folder })).toMatchObject({ ok: false });
  });
});
