// SPDX-License-Identifier: MIT
import type { MeteredInstance } from './instance.ts';

/** Units for each byte that the host copies in or out. */
const BYTE_COST = 1;
/** Units for what the host does between two steps. */
const STEP_COST = 1000;
export const FINISHED = 1000;

/** The module broke the stepped interface: it is its own failure, like a trap. */
export class BrokenInterface extends Error {
  override readonly name = 'BrokenInterface';
}

export interface SteppedInput {
  readonly input: Uint8Array;
  readonly index: number;
  readonly count: number;
  readonly seed: bigint;
}

/** Where the toolchain of a reactor puts what must run before anything else. */
const INITIALIZE = '_initialize';

/** Initializes a stepped module and hands it its input. */
export function beginStepped(instance: MeteredInstance, { input, index, count, seed }: SteppedInput): void {
  if (instance.has(INITIALIZE)) instance.call(INITIALIZE);
  instance.charge(input.length * BYTE_COST);
  const pointer = unsigned(instance.call('lull_alloc', input.length));
  region(instance, 'lull_alloc', pointer, input.length).set(input);
  instance.call('lull_begin', pointer, input.length, index, count, BigInt.asIntN(64, seed));
}

/** Does one step. @returns progress in permille; `FINISHED` at the end */
export function stepOnce(instance: MeteredInstance): number {
  instance.charge(STEP_COST);
  const progress = Number(instance.call('lull_step'));
  if (progress < 0 || progress > FINISHED)
    throw new BrokenInterface(`lull_step returned ${progress}, not a progress between 0 and ${FINISHED}.`);
  return progress;
}

/** Takes the output of a finished module: a copy. */
export function steppedOutput(instance: MeteredInstance, write: (bytes: Uint8Array) => void): void {
  const pointer = unsigned(instance.call('lull_output_ptr'));
  const length = unsigned(instance.call('lull_output_len'));
  const output = region(instance, 'lull_output_ptr', pointer, length);
  instance.charge(length * BYTE_COST);
  write(output);
}

const unsigned = (value: unknown): number => Number(value) >>> 0;

function region(instance: MeteredInstance, by: string, pointer: number, length: number): Uint8Array {
  const { memory } = instance;
  if (pointer + length > memory.byteLength)
    throw new BrokenInterface(
      `${by} named ${length} bytes at ${pointer}, which are not in the module's memory.`,
    );
  return new Uint8Array(memory, pointer, length);
}
