// SPDX-License-Identifier: MIT
import { type ModuleSpec, op, unsigned, wasmModule } from './wasm-builder.ts';

const OUTPUT_AT = 1024;

/** A stepped module around one step: what the step leaves on the stack is its progress. Its output is 4 bytes at 1024. */
export function steppedModule(
  step: readonly number[],
  more: { locals?: string; output?: readonly number[]; memory?: ModuleSpec['memory'] } & Pick<
    ModuleSpec,
    'start' | 'sections'
  > & {
      functions?: ModuleSpec['functions'];
    } = {},
): Uint8Array<ArrayBuffer> {
  const { locals = '', output = op.i32(4), memory = [1], functions = [], ...rest } = more;
  return wasmModule({
    ...rest,
    memory,
    functions: [
      { as: 'lull_alloc', params: 'i', results: 'i', body: op.i32(4096) },
      { as: 'lull_begin', params: 'iiiiI', body: [] },
      { as: 'lull_step', results: 'i', locals, body: step },
      { as: 'lull_output_ptr', results: 'i', body: op.i32(OUTPUT_AT) },
      { as: 'lull_output_len', results: 'i', body: output },
      ...functions,
    ],
  });
}

/** The index of the first function of `functions` in a module that `steppedModule` made. */
export const FIRST_EXTRA = 5;

/** Leaves 1000: the task is finished. */
export const FINISH = op.i32(1000);

/** A step that never ends and calls nobody. */
export const ENDLESS = [...op.loop(...op.br(0)), ...op.unreachable];

/** Does a number of rounds of arithmetic on local 0 and 1, keeps the last value as the output, and finishes. */
export const rounds = (count: number): number[] => [
  ...op.loop(
    ...[...op.get(1), ...op.i32(0x9e3779b9 | 0), ...op.add, ...op.get(0), ...op.rotl, ...op.set(1)],
    ...[...op.get(0), ...op.i32(1), ...op.add, ...op.tee(0), ...op.i32(count), 0x49, ...op.brIf(0)],
  ),
  ...op.i32(OUTPUT_AT),
  ...op.get(1),
  0x36,
  0x02,
  ...unsigned(0),
  ...FINISH,
];
