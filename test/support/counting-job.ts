// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import asc from 'assemblyscript/asc';

/**
 * A stepped module that mixes its input, index and seed through as many rounds of xorshift as its input says
 * (a decimal number of steps of 2 million rounds), and outputs eight bytes.
 */
const SOURCE = `
let output: usize = 0;
let state: u64 = 0;
let steps: i32 = 0;
let total: i32 = 0;
export function lull_alloc(len: i32): usize { return heap.alloc(len); }
export function lull_begin(ptr: usize, len: i32, index: i32, count: i32, seed: i64): void {
  for (let i = 0; i < len; i++) {
    const digit = <i32>load<u8>(ptr + i) - 48;
    if (digit >= 0 && digit <= 9) total = total * 10 + digit;
  }
  state = <u64>seed ^ (<u64>(index + 1) * 0x9e3779b97f4a7c15) ^ <u64>count;
  output = heap.alloc(8);
}
export function lull_step(): i32 {
  if (steps < total) {
    for (let i = 0; i < 2000000; i++) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
    }
    steps++;
  }
  if (steps < total) return (steps * 999) / total;
  store<u64>(output, state);
  return 1000;
}
export function lull_output_ptr(): usize { return output; }
export function lull_output_len(): i32 { return 8; }
`;

/** The compiled module. */
export async function countingModule(): Promise<Uint8Array> {
  const files = new Map<string, string>([['module.ts', SOURCE]]);
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['module.ts', '--outFile', 'module.wasm', '--optimize', '--runtime', 'stub', '--use', 'abort='],
    {
      readFile: (name) => files.get(name) ?? null,
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined)
    throw new Error(`the module did not compile: ${stderr.toString()}`);
  return binary;
}

interface CountingJob {
  readonly tasks: number;
  /** steps of 2 million rounds that each task takes, about 5 ms each at full speed */
  readonly steps: number;
  readonly quorum: number;
  readonly deadline?: string;
  /** 10⁹ units of fuel that one task may burn */
  readonly gigafuel?: number;
}

/** Writes the job into a folder. @returns the path of its job.json */
export async function writeCountingJob(folder: string, job: CountingJob): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'module.wasm'), await countingModule());
  await writeFile(join(folder, 'steps.txt'), String(job.steps));
  const path = join(folder, 'job.json');
  await writeFile(
    path,
    JSON.stringify({
      name: 'counting',
      module: { kind: 'stepped', path: 'module.wasm' },
      tasks: { repeat: job.tasks, input: 'steps.txt' },
      quorum: job.quorum,
      pricePerGigafuel: '0.05',
      deadline: job.deadline ?? '1h',
      ...(job.gigafuel === undefined ? {} : { limits: { gigafuel: job.gigafuel } }),
      merge: { kind: 'concat' },
      output: 'merged.bin',
    }),
  );
  return path;
}
