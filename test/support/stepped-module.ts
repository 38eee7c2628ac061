// SPDX-License-Identifier: MIT

interface SteppedExports {
  readonly memory: WebAssembly.Memory;
  lull_alloc(length: number): number;
  lull_begin(pointer: number, length: number, index: number, count: number, seed: bigint): void;
  lull_step(): number;
  lull_output_ptr(): number;
  lull_output_len(): number;
}

export interface SteppedRun {
  readonly index: number;
  readonly count: number;
  readonly seed: bigint;
}

/** Runs a stepped module in plain WebAssembly, outside the sandbox. Returns its output and every progress it told. */
export const runStepped = (
  module: WebAssembly.Module,
  input: Uint8Array,
  { index, count, seed }: SteppedRun,
): { output: Uint8Array; progress: number[] } => {
  const exports = new WebAssembly.Instance(module, {}).exports as unknown as SteppedExports;
  const pointer = exports.lull_alloc(input.byteLength);
  new Uint8Array(exports.memory.buffer, pointer, input.byteLength).set(input);
  exports.lull_begin(pointer, input.byteLength, index, count, seed);
  const progress: number[] = [];
  do progress.push(exports.lull_step());
  while (progress.at(-1) !== 1000);
  const at = exports.lull_output_ptr();
  return {
    output: new Uint8Array(exports.memory.buffer.slice(at, at + exports.lull_output_len())),
    progress,
  };
};

/** What a stepped merge module gets: each output in index order, its length (u32, little-endian) before it. */
export const mergeInput = (outputs: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(
    outputs.flatMap((output) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(output.byteLength);
      return [length, output];
    }),
  );
