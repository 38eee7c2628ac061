// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import asc from 'assemblyscript/asc';
import { expect, test } from 'vitest';

import type { WorkerTask } from '../../../protocol/worker-messages.ts';
import { resumeOf, runUntilKilled } from '../../support/checkpoint-run.ts';
import { needs } from '../../support/needs.ts';
import { runHere, workerTask } from '../../support/wasm-task.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

/** The module that examples/README.md shows, compiled as it says. */
async function fromReadme(): Promise<Uint8Array> {
  const readme = await readFile(join(EXAMPLES, 'README.md'), 'utf8');
  const source = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const flags = /`npx asc darts\.ts --outFile darts\.wasm (.*?)`/.exec(readme)?.[1]?.split(' ') ?? [];
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['darts.ts', '--outFile', 'darts.wasm', '--baseDir', EXAMPLES, ...flags],
    {
      readFile: (name, folder) =>
        name === 'darts.ts' ? source : readFile(join(folder, name), 'utf8').catch(() => null),
      writeFile: (_name, contents) => {
        module = Buffer.from(contents);
      },
    },
  );
  if (error !== null || module === undefined) throw new Error(stderr.toString(), { cause: error });
  return module;
}

async function compiledC(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'lull-stepped-c-'));
  try {
    const out = join(folder, 'out.wasm');
    const source = join(import.meta.dirname, '../../support/stepped-primes.c');
    await promisify(execFile)('clang', [
      ...['--target=wasm32-wasi', '-O3', '-mexec-model=reactor', '-Wall', '-Wextra', '-Werror'],
      ...['-o', out, source],
    ]);
    return await readFile(out);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function taskOf(module: Uint8Array, number: number, files: WorkerTask['files'] = []): WorkerTask {
  const input = Buffer.alloc(4);
  input.writeUInt32LE(number);
  return workerTask(module, {
    input,
    files,
    limits: { fuel: '100000000000', memoryBytes: 16 * 1024 * 1024 },
  });
}

/** Runs it whole, and killed and resumed after a number of steps; both must be the same. */
async function runBoth(task: WorkerTask, steps: number): Promise<ReturnType<typeof runHere>> {
  const whole = runHere(task);
  const files = await runUntilKilled(task, [1, steps]);
  expect(files).toHaveLength(2);
  expect(runHere(task, { resume: await resumeOf(task, files) })).toEqual(whole);
  return whole;
}

test('the example of a stepped module compiles, is right, and can be killed and resumed', async () => {
  const throws = 4_000_000;
  const { outcome, output } = await runBoth(taskOf(await fromReadme(), throws), 3);
  expect(outcome.kind).toBe('completed');
  expect((4 * Buffer.from(output).readUInt32LE()) / throws).toBeCloseTo(Math.PI, 2);
});

test('a stepped module in C uses its library through WASI, and can be killed and resumed', async (context) => {
  const clang = needs('clang');
  if (!clang.ok) return context.skip(clang.reason);
  const task = taskOf(await compiledC(), 200_000, [{ path: 'word.txt', bytes: Buffer.from('primes:') }]);
  const { outcome, output, diagnostics } = await runBoth(task, 5);
  expect(outcome).toEqual({ kind: 'completed' });
  // 2026 by the task's own calendar; 42 from a constructor, which _initialize runs.
  expect(Buffer.from(output).toString()).toBe('primes: 17984 42 56');
  expect(diagnostics.trimEnd().split(' ')).toHaveLength(10);
});
