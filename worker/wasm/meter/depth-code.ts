// SPDX-License-Identifier: MIT
import type { ByteWriter } from '../byte-writer.ts';
import { OP } from '../instructions.ts';
import type { BranchHints } from './branch-hints.ts';
import type { MeterIndices } from './fuel-code.ts';

const NO_VALUE = 0x40;

/**
 * Writes what counts how deep calls are nested. Only a call that is cut (`call-graph.ts`) makes the depth larger;
 * after the call it is again what it was. An exception that is caught
 * skips that: so functions that catch keep the depth that they began with.
 */
export class DepthCode {
  readonly #indices: MeterIndices;
  readonly #limit: number;
  readonly #out: ByteWriter;
  readonly #hints: BranchHints;
  readonly #newLocal: () => number;
  #places = 0;
  #below: number | undefined;
  #atEntry: number | undefined;
  #isDown = false;

  constructor(
    indices: MeterIndices,
    limit: number,
    out: ByteWriter,
    hints: BranchHints,
    newLocal: () => number,
  ) {
    this.#indices = indices;
    this.#limit = limit;
    this.#out = out;
    this.#hints = hints;
    this.#newLocal = newLocal;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** @param places of the function's frame */
  begin(places: number): void {
    this.#places = places;
    this.#below = this.#atEntry = undefined;
    this.#isDown = false;
  }

  /** Right at the function's entry. */
  keepAtEntry(): void {
    this.#atEntry = this.#newLocal();
    this.#out.byte(OP.globalGet).u32(this.#indices.depthGlobal).byte(OP.localSet).u32(this.#atEntry);
  }

  /** Where an exception was caught. */
  restore(): void {
    if (this.#atEntry === undefined) return;
    this.#out.byte(OP.localGet).u32(this.#atEntry).byte(OP.globalSet).u32(this.#indices.depthGlobal);
  }

  /** What the depth is for those that are called, which must not be too much. */
  compute(): void {
    const below = (this.#below ??= this.#newLocal());
    const out = this.#out;
    const { depthGlobal, tooDeepFunction } = this.#indices;
    out.byte(OP.globalGet).u32(depthGlobal).byte(OP.i32Const).signed(this.#places);
    out.byte(OP.i32Add).byte(OP.localTee).u32(below);
    out.byte(OP.i32Const).signed(this.#limit).byte(OP.i32GtU);
    this.#hints.unlikely(out.length);
    out.byte(OP.if).byte(NO_VALUE);
    out.byte(OP.call).u32(tooDeepFunction).byte(OP.end);
  }

  /** Before a call that is cut, after `compute`. */
  goDown(): void {
    if (this.#isDown) return;
    this.#out.byte(OP.localGet).u32(this.#below ?? 0);
    this.#out.byte(OP.globalSet).u32(this.#indices.depthGlobal);
    this.#isDown = true;
  }

  /** Before the basic block of such a call ends. */
  comeBack(): void {
    const { depthGlobal } = this.#indices;
    const out = this.#out;
    out
      .byte(OP.localGet)
      .u32(this.#below ?? 0)
      .byte(OP.i32Const)
      .signed(this.#places);
    out.byte(OP.i32Sub).byte(OP.globalSet).u32(depthGlobal);
    this.#isDown = false;
  }

  /** The block ends in a trap or an exception. */
  forget(): void {
    this.#isDown = false;
  }
}
