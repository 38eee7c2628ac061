// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { installCommand, REQUIREMENTS } from '../../build/test-environment.ts';

const FOLDER = join(import.meta.dirname, '../kernels');

/** The kernels, each bench/kernels/NAME.c; what is compiled with vectors says so. */
export const KERNELS = [
  'gemm',
  'jacobi',
  'nbody',
  'mandelbrot',
  'path',
  'sha256',
  'quicksort',
  'interpreter',
  'fib',
  'gemm-simd',
  'chase',
] as const;
export type Kernel = (typeof KERNELS)[number];

/** So that both compilers round alike: no contraction to fused operations, no errno of the square root. */
const ALIKE = ['-O3', '-Wall', '-Wextra', '-ffp-contract=off', '-fno-math-errno'];
const WASM = ['--target=wasm32-wasi', '-mexec-model=reactor'];

function compile(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { cwd: FOLDER, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stderr}`);
}

/** @throws {Error} saying what to install when a compiler is missing */
export function requireCompilers(): void {
  if (!REQUIREMENTS.clang.isThere())
    throw new Error(
      `The kernels are compiled with clang, which is not here. On Debian: ${installCommand(['clang'])}`,
    );
  if (spawnSync('gcc', ['--version']).status !== 0)
    throw new Error('The native figures need gcc, which is not here. On Debian: apt-get install gcc');
}

/** @returns the path of NAME.wasm in the folder */
export function compileToWasm(kernel: Kernel, folder: string): string {
  const object = join(folder, `${kernel}.o`);
  const module = join(folder, `${kernel}.wasm`);
  const vectors = kernel === 'gemm-simd' ? ['-msimd128'] : [];
  // Linked apart and without -O: clang would else run whatever wasm-opt it finds on PATH over the module.
  compile('clang', [...WASM, ...ALIKE, ...vectors, '-c', `${kernel}.c`, '-o', object]);
  compile('clang', [...WASM, '-Wl,--export=run', '-Wl,--strip-all', object, '-o', module]);
  return module;
}

/** @returns the path of the program */
export function compileNatively(kernel: Kernel, folder: string): string {
  const program = join(folder, kernel);
  compile('gcc', [...ALIKE, `${kernel}.c`, 'native-main.c', '-o', program]);
  return program;
}
