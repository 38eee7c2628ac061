// SPDX-License-Identifier: MIT
import { Decoder } from './decode.ts';

/** What the passes find out about an event. */
export const FLAG = {
  /** a basic block begins right before it */
  beginsBlock: 1,
  /** the block that begins here makes a call that is cut */
  callsCut: 2,
  /** a call that is cut: without such calls there is no circle of calls */
  cutCall: 4,
  /** a call of a function that reads or writes the fuel */
  touchesFuel: 8,
  /** a block, loop or if: at its label the fuel lives in the local */
  labelLocal: 16,
  /** a loop in which nothing touches the fuel but the loop's own charges */
  callFree: 32,
  /** a block, loop or if that takes parameters */
  hasParameters: 64,
  /** the fuel is looked at where this block begins, or before this call */
  polls: 128,
  /** a loop that makes a call that is cut */
  loopsOverCut: 256,
  /** the charge of the block that begins here takes the fuel from the global into the local */
  goesLocal: 512,
} as const;

const FIELDS = 5;
const FLAG_BITS = 10;

/**
 * The instructions that matter to the meter, of all functions one after the other, as rows of numbers: control,
 * calls and bulk operations. The price of what lies between is summed up in the next row.
 */
export class Events {
  readonly #decoder: Decoder;
  #rows = new Int32Array(1024 * FIELDS);
  #charges = new Float64Array(1024);
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#decoder = new Decoder(bytes);
  }

  get count(): number {
    return this.#count;
  }

  /**
   * @param cost of the instruction and of all since the last event
   * @param argument what a branch, a call or a block needs to be known of it
   */
  push(opcode: number, start: number, end: number, cost: number, argument: number): number {
    const index = this.#count++;
    if (index === this.#charges.length) this.#grow();
    const row = index * FIELDS;
    const rows = this.#rows;
    rows[row] = opcode;
    rows[row + 1] = start;
    rows[row + 2] = end;
    rows[row + 3] = cost;
    rows[row + 4] = argument << FLAG_BITS;
    return index;
  }

  opcode(index: number): number {
    return this.#rows[index * FIELDS] ?? 0;
  }

  start(index: number): number {
    return this.#rows[index * FIELDS + 1] ?? 0;
  }

  end(index: number): number {
    return this.#rows[index * FIELDS + 2] ?? 0;
  }

  cost(index: number): number {
    return this.#rows[index * FIELDS + 3] ?? 0;
  }

  argument(index: number): number {
    return (this.#rows[index * FIELDS + 4] ?? 0) >>> FLAG_BITS;
  }

  has(index: number, flag: number): boolean {
    return ((this.#rows[index * FIELDS + 4] ?? 0) & flag) !== 0;
  }

  set(index: number, flag: number): void {
    const at = index * FIELDS + 4;
    this.#rows[at] = (this.#rows[at] ?? 0) | flag;
  }

  /** What the basic block that begins right before this event is to be charged. */
  charge(index: number): number {
    return this.#charges[index] ?? 0;
  }

  setCharge(index: number, units: number): void {
    this.#charges[index] = units;
  }

  /** The depths that a `br_table` branches to, the default last. */
  targets(index: number): number[] {
    const decoder = this.#decoder;
    decoder.end = this.start(index) + 1;
    const targets: number[] = [];
    for (let left = decoder.number(); left >= 0; left--) targets.push(decoder.number());
    return targets;
  }

  /** The depths, counted outside of it, that a `try_table` may go on at. */
  catchTargets(index: number): number[] {
    const decoder = this.#decoder;
    decoder.end = this.start(index) + 1;
    decoder.skipBlockType();
    return Array.from({ length: decoder.number() }, () => {
      const hasTag = (decoder.bytes[decoder.end++] ?? 0) < 2;
      if (hasTag) decoder.number();
      return decoder.number();
    });
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
    const charges = new Float64Array(this.#charges.length * 2);
    charges.set(this.#charges);
    this.#charges = charges;
  }
}
