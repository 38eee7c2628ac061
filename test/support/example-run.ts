// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { taskSeed } from '../../protocol/job.ts';
import { type JobFile, jobFileSchema } from '../../protocol/job-file.ts';
import { mergeInput, runStepped } from './stepped-module.ts';
import { runWasi } from './wasi-module.ts';

export interface ExampleRun {
  readonly job: JobFile;
  /** in index order */
  readonly outputs: readonly Uint8Array[];
  readonly merged: Uint8Array;
}

const compile = async (path: string): Promise<WebAssembly.Module> =>
  new WebAssembly.Module(await readFile(path));

const mergeModuleOf = (job: JobFile) => {
  if (job.merge.kind !== 'module') throw new Error(`${job.name} has no merge module`);
  return job.merge;
};

/** Runs a prepared example with a stepped module as a device and a requester would, outside the sandbox. */
export const runSteppedExample = async (folder: string): Promise<ExampleRun> => {
  const job = jobFileSchema.parse(JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')));
  if (!('repeat' in job.tasks)) throw new Error(`${job.name} does not repeat one input`);
  const input = await readFile(join(folder, job.tasks.input ?? ''));
  const module = await compile(join(folder, job.module.path));
  const count = job.tasks.repeat;
  const outputs = Array.from(
    { length: count },
    (_, index) =>
      runStepped(module, input, { index, count, seed: BigInt(taskSeed(String(job.seed), index)) }).output,
  );
  const merge = await compile(join(folder, mergeModuleOf(job).module.path));
  const { output: merged } = runStepped(merge, mergeInput(outputs), { index: 0, count, seed: 0n });
  return { job, outputs, merged };
};

/** Runs a prepared example with a WASI command over the parts of a text. */
export const runWasiExample = async (folder: string): Promise<ExampleRun> => {
  const job = jobFileSchema.parse(JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')));
  if (!('split' in job.tasks) || job.tasks.split.lines === undefined)
    throw new Error(`${job.name} does not split by lines`);
  const lines = (await readFile(join(folder, job.tasks.split.file), 'utf8')).split(/(?<=\n)/);
  const module = await compile(join(folder, job.module.path));
  const files = Object.fromEntries(
    await Promise.all(
      job.files.map(async ({ path, from }) => [path, await readFile(join(folder, from))] as const),
    ),
  );
  const outputs: Uint8Array[] = [];
  for (let i = 0; i < lines.length; i += job.tasks.split.lines) {
    const stdin = Buffer.from(lines.slice(i, i + job.tasks.split.lines).join(''));
    const { exitCode, output, errors } = runWasi(module, { args: job.args, stdin, files });
    if (exitCode !== 0)
      throw new Error(`Task ${outputs.length} of ${job.name} ended with ${exitCode}: ${errors}`);
    outputs.push(output);
  }
  const { args, module: mergeModule } = mergeModuleOf(job);
  const parts = Object.fromEntries(outputs.map((output, i) => [`in/${String(i).padStart(5, '0')}`, output]));
  const { output: merged } = runWasi(await compile(join(folder, mergeModule.path)), { args, files: parts });
  return { job, outputs, merged };
};
