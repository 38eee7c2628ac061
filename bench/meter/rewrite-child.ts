// SPDX-License-Identifier: MIT
// Measures how fast large modules are rewritten and checked in a process that has just begun, as a worker has.
import { Packages } from '../../test/corpus/packages.ts';
import { checkModule } from '../../worker/wasm/checker/check-module.ts';
import { meterFreely } from './variants.ts';

export interface RewriteReport {
  readonly megabytes: number;
  readonly meteredMegabytes: number;
  readonly rewriteMs: number;
  readonly checkMs: number;
}

/** Large programs from C, C++, Rust and Go; parsers, which are half tables of numbers, are left out. */
const LARGE = [
  'esbuild-wasm/esbuild.wasm',
  '@jsquash/avif/codec/enc/avif_enc.wasm',
  '@resvg/resvg-wasm/index_bg.wasm',
  '@dimforge/rapier2d/rapier_wasm2d_bg.wasm',
  '@jsquash/jxl/codec/enc/jxl_enc.wasm',
  '@jsquash/avif/codec/dec/avif_dec.wasm',
  'brotli-wasm/pkg.node/brotli_wasm_bg.wasm',
  'sql.js/dist/sql-wasm.wasm',
  '@rollup/wasm-node/dist/wasm-node/bindings_wasm_bg.wasm',
  '@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm',
] as const;

const MEGABYTE = 1e6;

function prove(file: string, metered: Uint8Array): void {
  try {
    checkModule(metered);
  } catch (error) {
    throw new Error(`the checker does not accept ${file}`, { cause: error });
  }
}

const packages = new Packages();
let [bytes, meteredBytes, rewriteMs, checkMs] = [0, 0, 0, 0];
for (const file of LARGE) {
  const original = packages.bytes(file);
  const started = performance.now();
  const metered = meterFreely(original).bytes;
  const rewritten = performance.now();
  prove(file, metered);
  checkMs += performance.now() - rewritten;
  rewriteMs += rewritten - started;
  bytes += original.length;
  meteredBytes += metered.length;
}
const report: RewriteReport = {
  megabytes: bytes / MEGABYTE,
  meteredMegabytes: meteredBytes / MEGABYTE,
  rewriteMs,
  checkMs,
};
process.stdout.write(JSON.stringify(report));
