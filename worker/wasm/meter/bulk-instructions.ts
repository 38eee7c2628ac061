// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import type { Decoder } from './decode.ts';

/** An instruction that may move or make gigabytes, with the indices that belong to it. */
export interface BulkInstruction {
  readonly opcode: number;
  readonly indices: readonly number[];
}

/** The different bulk instructions of a module: each gets one function that does it in pieces. */
export class BulkInstructions {
  readonly #numbers = new Map<string, number>();
  readonly #all: BulkInstruction[] = [];

  get all(): readonly BulkInstruction[] {
    return this.#all;
  }

  /** @returns the number of the instruction that the decoder has just read */
  add(opcode: number, decoder: Decoder): number {
    const indices = opcode === OP.memoryGrow ? [] : indicesOf(decoder);
    const key = [opcode, ...indices].join(' ');
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#all.length;
    this.#all.push({ opcode, indices });
    this.#numbers.set(key, number);
    return number;
  }
}

function indicesOf(decoder: Decoder): number[] {
  const { start, end } = decoder;
  decoder.end = start + 1;
  decoder.number();
  const indices: number[] = [];
  while (decoder.end < end) indices.push(decoder.number());
  return indices;
}
