// SPDX-License-Identifier: MIT
import { ByteWriter } from '../byte-writer.ts';
import { OP } from '../instructions.ts';
import type { BranchHints } from './branch-hints.ts';

/** Where the things that the meter appends are found in the new module. */
export interface MeterIndices {
  readonly fuelGlobal: number;
  readonly depthGlobal: number;
  /** the type `i64 -> i64` of the slow function, and the table that holds it */
  readonly slowType: number;
  readonly slowTable: number;
  /** the appended functions: the slow call, the end of a stack that is too deep, the first bulk helper */
  readonly pauseFunction: number;
  readonly tooDeepFunction: number;
  readonly firstHelper: number;
}

const NO_VALUE = 0x40;

/**
 * Writes what the meter inserts, and nothing else does. The fuel is in the global or in the function's local;
 * `README.md` has the list of these forms, which the checker knows too.
 */
export class FuelCode {
  readonly #getGlobal: Uint8Array;
  readonly #setGlobal: Uint8Array;
  readonly #pause: Uint8Array;
  readonly #slowCall: Uint8Array;
  readonly #indices: MeterIndices;
  readonly #out: ByteWriter;
  readonly #hints: BranchHints;
  /** the local that carries the fuel */
  #local = 0;
  #usesLocal = false;

  constructor(indices: MeterIndices, out: ByteWriter, hints: BranchHints) {
    const bytes = (opcode: number, index: number): Uint8Array =>
      new ByteWriter(8).byte(opcode).u32(index).written;
    this.#indices = indices;
    this.#getGlobal = bytes(OP.globalGet, indices.fuelGlobal);
    this.#setGlobal = bytes(OP.globalSet, indices.fuelGlobal);
    this.#pause = bytes(OP.call, indices.pauseFunction);
    this.#slowCall = new ByteWriter(16)
      .u8(OP.i32Const, 0, OP.callIndirect)
      .u32(indices.slowType)
      .u32(indices.slowTable).written;
    this.#out = out;
    this.#hints = hints;
  }

  get indices(): MeterIndices {
    return this.#indices;
  }

  get usesLocal(): boolean {
    return this.#usesLocal;
  }

  begin(local: number): void {
    this.#local = local;
    this.#usesLocal = false;
  }

  /** From the local to the global. */
  save(): void {
    this.#getLocal();
    this.#out.raw(this.#setGlobal);
  }

  /** From the global to the local. */
  load(): void {
    this.#out.raw(this.#getGlobal);
    this.#withLocal(OP.localSet);
  }

  chargeGlobal(units: number): void {
    this.#out.raw(this.#getGlobal);
    this.#less(units);
    this.#out.raw(this.#setGlobal);
  }

  chargeLocal(units: number): void {
    this.#getLocal();
    this.#less(units);
    this.#withLocal(OP.localSet);
  }

  checkGlobal(): void {
    this.#out.raw(this.#getGlobal);
    this.#ifNegative();
    this.#out.raw(this.#pause).byte(OP.end);
  }

  checkLocal(): void {
    this.#getLocal();
    this.#pauseIfNegative();
  }

  /** The local keeps the fuel on its way, which saves reading the global again. */
  chargeAndCheckGlobal(units: number): void {
    this.#out.raw(this.#getGlobal);
    this.#less(units);
    this.#withLocal(OP.localTee);
    this.#out.raw(this.#setGlobal);
    this.#getLocal();
    this.#ifNegative();
    this.#out.raw(this.#pause).byte(OP.end);
  }

  chargeAndCheckLocal(units: number): void {
    this.#getLocal();
    this.#less(units);
    this.#withLocal(OP.localTee);
    this.#pauseIfNegative();
  }

  /** Leaves the inner of two loops for the outer one, which makes the slow call. */
  leaveIfNegative(): void {
    this.#getLocal();
    this.#negative();
    this.#hints.unlikely(this.#out.length);
    this.#out.byte(OP.brIf).byte(1);
  }

  /** Leaves 1 where the local is not below zero. */
  isNotNegative(): void {
    this.#getLocal();
    this.#out.byte(OP.i64Const).byte(0).byte(OP.i64GeS);
  }

  /** Charges all rounds of a loop at once: trips that a local holds as `trips * step`. */
  chargeTrips(tripsLocal: number, step: number, units: number): void {
    const out = this.#out;
    this.#getLocal();
    out.byte(OP.localGet).u32(tripsLocal);
    if (step > 1) out.byte(OP.i32Const).signed(step).byte(OP.i32DivU);
    out.byte(OP.i64ExtendI32U);
    if (units > 1) out.byte(OP.i64Const).signed(units).byte(OP.i64Mul);
    out.byte(OP.i64Sub);
    this.#withLocal(OP.localSet);
  }

  /** Without `call lull:pause`, which V8 would copy here instead of functions of the module. */
  #pauseIfNegative(): void {
    this.#ifNegative();
    this.save();
    this.#getLocal();
    this.#out.raw(this.#slowCall);
    this.#withLocal(OP.localTee);
    this.#out.raw(this.#setGlobal).byte(OP.end);
  }

  #less(units: number): void {
    this.#out.byte(OP.i64Const).signed(units).byte(OP.i64Sub);
  }

  #negative(): void {
    this.#out.byte(OP.i64Const).byte(0).byte(OP.i64LtS);
  }

  #ifNegative(): void {
    this.#negative();
    this.#hints.unlikely(this.#out.length);
    this.#out.byte(OP.if).byte(NO_VALUE);
  }

  #getLocal(): void {
    this.#withLocal(OP.localGet);
  }

  #withLocal(opcode: number): void {
    this.#usesLocal = true;
    this.#out.byte(opcode).u32(this.#local);
  }
}
