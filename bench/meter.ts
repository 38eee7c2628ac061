// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { INSTALL_CORPUS, isCorpusInstalled } from '../build/corpus.ts';
import { ENGINE_FLAGS } from '../worker/wasm/engine-flags.ts';
import { type Bench, type Figures, geomean, median } from './bench.ts';
import type { KernelReport } from './meter/kernel-child.ts';
import { compileNatively, compileToWasm, type Kernel, KERNELS, requireCompilers } from './meter/kernels.ts';
import type { LibraryReport } from './meter/library-child.ts';
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
import type { RewriteReport } from './meter/rewrite-child.ts';
import { ORIGINAL } from './meter/rounds.ts';

const SEED = 7;
const LIBRARIES = ['sql.js', 'resvg', 'mozjpeg', 'webp', 'quickjs'];
const REWRITE_ROUNDS = 3;

/** Runs a program of bench/meter/; what it measures, metered or not, is compiled as tasks are. */
function measure<Report>(program: string, ...args: readonly string[]): Report {
  const file = join(import.meta.dirname, 'meter', program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...ENGINE_FLAGS, file, ...args], {
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
    oracle_overhead_geomean: times(geomean(minima(ratios(kernels, 'oracle')))),
    ...Object.fromEntries(
      kernels.map(({ name }, i) => [`overhead_${figureName(name)}`, times(metered[i]?.minima ?? NaN)]),
    ),
    native_ratio_geomean: times(toNative('metered')),
    unmetered_native_ratio_geomean: times(toNative(ORIGINAL)),
  };
}

function libraryFigures(libraries: readonly Measured[]): Figures {
  const metered = ratios(libraries, 'metered');
  return {
    library_overhead_geomean: times(geomean(minima(metered)), '<= 1.15'),
    library_overhead_geomean_paired: times(geomean(paired(metered))),
    ...controlFigures(libraries, 'library_'),
    library_oracle_overhead_geomean: times(geomean(minima(ratios(libraries, 'oracle')))),
    ...Object.fromEntries(
      libraries.map(({ name }, i) => [
        `library_overhead_${figureName(name)}`,
        times(metered[i]?.minima ?? NaN),
      ]),
    ),
  };
}

function rewriteFigures(rounds: readonly RewriteReport[]): Figures {
  const perSecond = (milliseconds: (round: RewriteReport) => number): number =>
    median(rounds.map((round) => (round.megabytes / milliseconds(round)) * 1000));
  const growth = rounds.map(({ megabytes, meteredMegabytes }) => meteredMegabytes / megabytes);
  return {
    rewrite_mb_per_s: { value: perSecond(({ rewriteMs }) => rewriteMs), unit: 'MB/s', goal: '>= 15' },
    check_mb_per_s: { value: perSecond(({ checkMs }) => checkMs), unit: 'MB/s' },
    size_growth: times(median(growth)),
  };
}

/**
 * What metering costs: the same work in the module as it was and rewritten, in turns in one process, with the
 * original a second time as the control and the oracle to show what the meter's tricks are worth (METERING.md
 * section 1). Then how fast large modules are rewritten and checked.
 * @param only names of kernels and libraries, or "rewrite", if not all are wanted
 */
export const meter: Bench = async (progress, only = []) => {
  const isWanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const kernelNames = KERNELS.filter(isWanted);
  const libraryNames = LIBRARIES.filter(isWanted);
  if (kernelNames.length > 0) requireCompilers();
  if ((libraryNames.length > 0 || isWanted('rewrite')) && !isCorpusInstalled())
    throw new Error(`The libraries are not installed: run npm test once, or ${INSTALL_CORPUS}`);
  const folder = await mkdtemp(join(tmpdir(), 'lull-meter-'));
  const load = (): string =>
    loadavg()
      .map((one) => one.toFixed(1))
      .join(' ');
  try {
    const loadBefore = load();
    const kernels = kernelNames.map((name) => {
      progress(`${name} …`);
      return { name, ...measureKernel(name, folder) };
    });
    for (const line of describe(kernels)) progress(line);
    const libraries = libraryNames.map((name) => {
      progress(`${name} …`);
      return { name, ...measure<LibraryReport>('library-child.ts', name) };
    });
    for (const line of describe(libraries)) progress(line);
    const rewrites = Array.from({ length: isWanted('rewrite') ? REWRITE_ROUNDS : 0 }, () =>
      measure<RewriteReport>('rewrite-child.ts'),
    );
    progress(`load of the machine before and after: ${loadBefore}, ${load()}`);
    return {
      ...(kernels.length > 0 ? kernelFigures(kernels) : {}),
      ...(libraries.length > 0 ? libraryFigures(libraries) : {}),
      ...(rewrites.length > 0 ? rewriteFigures(rewrites) : {}),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
