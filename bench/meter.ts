// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Bench, type Figures, geomean, median } from './bench.ts';
import type { KernelReport } from './meter/kernel-child.ts';
import { compileNatively, compileToWasm, type Kernel, KERNELS, requireCompilers } from './meter/kernels.ts';
import {
  controlFigures,
  describe,
  figureName,
  type Measured,
  minima,
  paired,
  ratios,
  times,
} from './meter/overheads.ts';
import { ORIGINAL } from './meter/rounds.ts';

const SEED = 7;

/** Runs a program of bench/meter/ as V8 runs tasks: with optimized code from the first call on. */
function measure<Report>(program: string, ...args: readonly string[]): Report {
  const file = join(import.meta.dirname, 'meter', program);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-liftoff', file, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stderr}`);
  return JSON.parse(stdout) as Report;
}

function measureKernel(kernel: Kernel, folder: string): KernelReport {
  const module = compileToWasm(kernel, folder);
  return measure('kernel-child.ts', module, String(SEED), compileNatively(kernel, folder));
}

function kernelFigures(kernels: readonly (Measured & KernelReport)[]): Figures {
  const metered = ratios(kernels, 'metered');
  const toNative = (contender: string): number =>
    geomean(
      kernels.map(({ samples, nativeMs }) => Math.min(...(samples[contender] ?? [])) / Math.min(...nativeMs)),
    );
  return {
    overhead_median: times(median(minima(metered)), '<= 1.05'),
    overhead_geomean: times(geomean(minima(metered)), '<= 1.10'),
    overhead_worst: times(Math.max(...minima(metered))),
    overhead_median_paired: times(median(paired(metered))),
    overhead_geomean_paired: times(geomean(paired(metered))),
    ...controlFigures(kernels, ''),
    ...Object.fromEntries(
      kernels.map(({ name }, i) => [`overhead_${figureName(name)}`, times(metered[i]?.minima ?? NaN)]),
    ),
    native_ratio_geomean: times(toNative('metered')),
    unmetered_native_ratio_geomean: times(toNative(ORIGINAL)),
  };
}

/**
 * What metering costs: the same work in the module as it was and rewritten, in turns in one process, with the
 * original a second time as the control (METERING.md section 1).
 */
export const meter: Bench = async (progress) => {
  requireCompilers();
  const folder = await mkdtemp(join(tmpdir(), 'lull-meter-'));
  try {
    const kernels = KERNELS.map((name) => {
      progress(`${name} …`);
      return { name, ...measureKernel(name, folder) };
    });
    for (const line of describe(kernels)) progress(line);
    progress(
      `load of the machine: ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}`,
    );
    return kernelFigures(kernels);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
