// SPDX-License-Identifier: MIT
import { ByteWriter } from '../byte-writer.ts';

const SECTION_NAME = 'metadata.code.branch_hint';
const VALUE_BYTES = 1;
const UNLIKELY = 0;

/**
 * Tells the engine which branches are hardly ever taken, in a custom section that it may as well ignore: so that
 * what the slow call needs is not kept ready where it is not made.
 */
export class BranchHints {
  readonly #out = new ByteWriter();
  readonly #positions: number[] = [];
  #functions = 0;

  /** The instruction that comes next, at this place of a function's code, is such a branch. */
  unlikely(position: number): void {
    this.#positions.push(position);
  }

  /** The function is written. @param head bytes of its declarations, which stand before its code */
  endFunction(index: number, head: number): void {
    const positions = this.#positions;
    if (positions.length === 0) return;
    this.#functions += 1;
    this.#out.u32(index).u32(positions.length);
    for (const position of positions)
      this.#out
        .u32(head + position)
        .byte(VALUE_BYTES)
        .byte(UNLIKELY);
    positions.length = 0;
  }

  /** What the section holds, which belongs before the code. */
  get section(): Uint8Array {
    return new ByteWriter(this.#out.length + 64)
      .text(SECTION_NAME)
      .u32(this.#functions)
      .raw(this.#out.written).written;
  }
}
