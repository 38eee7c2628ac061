// SPDX-License-Identifier: MIT
import type { ByteReader } from '../../../worker/wasm/byte-reader.ts';
import { ByteWriter } from '../../../worker/wasm/byte-writer.ts';
import { costOf, type DynamicCost, dynamicCostOf } from '../../../worker/wasm/cost-table.ts';
import { OP, readInstruction } from '../../../worker/wasm/instructions.ts';
import { DEPTH_LIMIT, slowCode } from '../../../worker/wasm/slow-codes.ts';
import { type FunctionType, I32, placesOf, readValueType } from '../../../worker/wasm/value-types.ts';

/** Where the things that the meter appends are found. */
export interface MeterIndices {
  readonly importedFunctions: number;
  /** the type `i64 -> i64` of the slow function, and the table that holds it */
  readonly slowType: number;
  readonly slowTable: number;
  readonly fuelGlobal: number;
  readonly depthGlobal: number;
}

const NO_VALUE = 0x40;
/** Places that every frame is taken to need beside its parameters and locals. */
const FRAME_PLACES = 16;

/**
 * Rewrites one function (METERING.md, variant bbG): every basic block begins with its exact charge, every loop
 * and the function itself also with a check. Nothing is renumbered and no branch changes its depth.
 */
export class OracleFunction {
  readonly #indices: MeterIndices;
  readonly #out = new ByteWriter(4096);
  readonly #block = new ByteWriter(1024);
  readonly #openLoops: boolean[] = [];
  #reader!: ByteReader;
  #copiedTo = 0;
  #cost = 0;
  #checks = false;
  #usesDepth = false;
  #usesTemporaries = false;
  #firstLocal = 0;
  #framePlaces = 0;

  constructor(indices: MeterIndices) {
    this.#indices = indices;
  }

  /**
   * @param body one entry of the code section, without its size
   * @returns the new entry, without its size; good until the next call
   */
  rewrite(body: ByteReader, type: FunctionType): Uint8Array {
    this.#reader = body;
    this.#out.clear();
    this.#block.clear();
    this.#openLoops.length = 0;
    this.#usesDepth = this.#usesTemporaries = false;
    const locals = this.#readLocals(type);
    this.#copiedTo = body.position;
    this.#cost = 0;
    this.#checks = true;
    while (!body.done) this.#instruction();
    return this.#assemble(locals);
  }

  #readLocals(type: FunctionType): { groups: number; bytes: Uint8Array } {
    const reader = this.#reader;
    const groups = reader.u32();
    const start = reader.position;
    let count = type.params.length;
    let places = FRAME_PLACES;
    for (const param of type.params) places += placesOf(param);
    for (let group = 0; group < groups; group++) {
      const size = reader.u32();
      count += size;
      places += size * placesOf(readValueType(reader));
    }
    this.#firstLocal = count;
    this.#framePlaces = places;
    return { groups, bytes: reader.bytes.subarray(start, reader.position) };
  }

  // The depth, then two temporaries.
  get #depthLocal(): number {
    return this.#firstLocal;
  }

  #assemble(locals: { groups: number; bytes: Uint8Array }): Uint8Array {
    const added = this.#usesTemporaries ? 3 : this.#usesDepth ? 1 : 0;
    const whole = new ByteWriter(this.#out.length + locals.bytes.length + 64);
    whole.u32(locals.groups + (added === 0 ? 0 : 1)).raw(locals.bytes);
    if (added > 0) whole.u32(added).u8(I32);
    if (this.#usesDepth) this.#emitDepthCheck(whole);
    return whole.raw(this.#out.written).written;
  }

  #instruction(): void {
    const start = this.#reader.position;
    const opcode = readInstruction(this.#reader);
    const dynamic = dynamicCostOf(opcode);
    if (dynamic !== undefined) return this.#dynamic(opcode, dynamic, start);
    this.#cost += costOf(opcode);
    switch (opcode) {
      case OP.block:
      case OP.try:
      case OP.tryTable:
        this.#openLoops.push(false);
        break;
      case OP.loop:
        this.#openLoops.push(true);
        this.#endBlock();
        this.#checks = true;
        break;
      case OP.if:
        this.#openLoops.push(false);
        this.#endBlock();
        break;
      case OP.end: {
        // Nothing branches to the end of a loop: what follows belongs to the same block.
        const endsLoop = this.#openLoops.pop() === true;
        if (!endsLoop) this.#endBlock();
        break;
      }
      case OP.delegate:
        this.#openLoops.pop();
        this.#endBlock();
        break;
      case OP.call:
      case OP.callIndirect:
        this.#insertDepth(opcode, start, false);
        break;
      case OP.returnCall:
      case OP.returnCallIndirect:
        this.#insertDepth(opcode, start, true);
        this.#endBlock();
        break;
      case OP.else:
      case OP.catch:
      case OP.catchAll:
      case OP.br:
      case OP.brIf:
      case OP.brTable:
      case OP.return:
      case OP.unreachable:
      case OP.throw:
      case OP.rethrow:
      case OP.throwRef:
        this.#endBlock();
        break;
      default:
    }
  }

  /** Moves the original bytes up to a position into the block that is being made. */
  #copyTo(position: number): void {
    this.#block.raw(this.#reader.bytes.subarray(this.#copiedTo, position));
    this.#copiedTo = position;
  }

  /** Writes the block that ends here: its charge, its check, itself. */
  #endBlock(position = this.#reader.position): void {
    this.#copyTo(position);
    if (this.#cost > 0) {
      const { fuelGlobal } = this.#indices;
      this.#out.u8(OP.globalGet).u32(fuelGlobal).u8(OP.i64Const).signed(this.#cost);
      this.#out.u8(OP.i64Sub, OP.globalSet).u32(fuelGlobal);
    }
    if (this.#checks) this.#emitCheck();
    this.#out.raw(this.#block.written);
    this.#block.clear();
    this.#cost = 0;
    this.#checks = false;
  }

  #emitCheck(): void {
    const { fuelGlobal } = this.#indices;
    this.#out.u8(OP.globalGet).u32(fuelGlobal).u8(OP.i64Const, 0, OP.i64LtS, OP.if, NO_VALUE);
    this.#out.u8(OP.globalGet).u32(fuelGlobal);
    this.#emitSlowCall(this.#out);
    this.#out.u8(OP.globalSet).u32(fuelGlobal).u8(OP.end);
  }

  #emitSlowCall(out: ByteWriter): void {
    out.u8(OP.i32Const, 0, OP.callIndirect).u32(this.#indices.slowType).u32(this.#indices.slowTable);
  }

  /** A callee finds out at its own entry how deep its caller was; one that returned has left its own number. */
  #insertDepth(opcode: number, start: number, replacesFrame: boolean): void {
    if ((opcode === OP.call || opcode === OP.returnCall) && this.#callsImport(start)) return;
    this.#usesDepth = true;
    this.#copyTo(start);
    this.#block.u8(OP.localGet).u32(this.#depthLocal);
    if (replacesFrame) this.#block.u8(OP.i32Const).signed(this.#framePlaces).u8(OP.i32Sub);
    this.#block.u8(OP.globalSet).u32(this.#indices.depthGlobal);
  }

  #callsImport(start: number): boolean {
    const after = this.#reader.position;
    this.#reader.position = start + 1;
    const callee = this.#reader.u32();
    this.#reader.position = after;
    return callee < this.#indices.importedFunctions;
  }

  #emitDepthCheck(out: ByteWriter): void {
    out.u8(OP.globalGet).u32(this.#indices.depthGlobal).u8(OP.i32Const).signed(this.#framePlaces);
    out.u8(OP.i32Add, OP.localTee).u32(this.#depthLocal);
    out.u8(OP.i32Const).signed(DEPTH_LIMIT).u8(OP.i32GtU, OP.if, NO_VALUE);
    out.u8(OP.i64Const).signed(slowCode.tooDeep);
    this.#emitSlowCall(out);
    out.u8(OP.drop, OP.unreachable, OP.end);
  }

  /** Charges and checks before the instruction: one alone may move gigabytes. */
  #dynamic(opcode: number, cost: DynamicCost, start: number): void {
    this.#endBlock(start);
    this.#usesTemporaries = true;
    const amount = this.#depthLocal + 1;
    const out = this.#out;
    const { fuelGlobal } = this.#indices;
    out.u8(OP.localTee).u32(amount).u8(OP.globalGet).u32(fuelGlobal);
    out.u8(OP.localGet).u32(amount).u8(OP.i64ExtendI32U, OP.i64Const);
    if ('times' in cost) out.signed(cost.times).u8(OP.i64Mul);
    else out.signed(cost.shiftRight).u8(OP.i64ShrU);
    out.u8(OP.i64Sub, OP.globalSet).u32(fuelGlobal);
    this.#emitCheck();
    this.#cost = costOf(opcode);
    if (opcode === OP.memoryGrow) this.#reportFailedGrow(amount);
  }

  /** Whether the host or the limit refused memory is for the host to tell: only the latter is the module's doing. */
  #reportFailedGrow(pages: number): void {
    const result = pages + 1;
    this.#copyTo(this.#reader.position);
    const block = this.#block;
    block.u8(OP.localTee).u32(result).u8(OP.i32Const).signed(-1).u8(OP.i32Eq, OP.if, NO_VALUE);
    block
      .u8(OP.localGet)
      .u32(pages)
      .u8(OP.i64ExtendI32U, OP.i64Const)
      .signed(slowCode.growFailed)
      .u8(OP.i64Or);
    this.#emitSlowCall(block);
    block.u8(OP.drop, OP.end, OP.localGet).u32(result);
  }
}
