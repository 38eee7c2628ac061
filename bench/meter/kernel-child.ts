// SPDX-License-Identifier: MIT
// Measures one kernel: "kernel-child.ts MODULE SEED NATIVE" prints its samples and its checksum as JSON.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { alternate, CONTROL, ORIGINAL, type Samples } from './rounds.ts';
import { asAnotherModule, meteredRun, METERS, plainRun } from './variants.ts';

export interface KernelReport {
  readonly samples: Samples;
  readonly nativeMs: readonly number[];
}

const NATIVE_ROUNDS = 12;

function runNatively(program: string, seed: number, checksum: number): number[] {
  const { status, stdout } = spawnSync(program, [String(seed), String(NATIVE_ROUNDS)], { encoding: 'utf8' });
  const [native, ...milliseconds] = stdout.trim().split('\n').map(Number);
  if (status !== 0 || native !== checksum)
    throw new Error(`${program} computed ${native} natively and ${checksum} in WebAssembly`);
  return milliseconds;
}

const [module = '', seedText = '', native = ''] = process.argv.slice(2);
const seed = Number(seedText);
const bytes = new Uint8Array(readFileSync(module));
const original = plainRun(bytes);
const control = plainRun(asAnotherModule(bytes));
const metered = Object.entries(METERS).map(([name, meter]) => ({ name, run: meteredRun(meter(bytes)) }));
const contenders = [{ name: ORIGINAL, run: original }, { name: CONTROL, run: control }, ...metered];
const samples = await alternate(contenders.map(({ name, run }) => ({ name, run: () => run(seed) })));
const nativeMs = runNatively(native, seed, Number(original(seed)) >>> 0);
process.stdout.write(JSON.stringify({ samples, nativeMs } satisfies KernelReport));
