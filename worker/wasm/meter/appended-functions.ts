// SPDX-License-Identifier: MIT
import { ByteWriter } from '../byte-writer.ts';
import { OP } from '../instructions.ts';
import { slowCode } from '../slow-codes.ts';
import { type FunctionType, I32, I64 } from '../value-types.ts';
import type { BulkInstruction } from './bulk-instructions.ts';
import type { MeterIndices } from './fuel-code.ts';

/** What a bulk operation moves at once: so that a pause is never late. */
const PIECE_BYTES = 1 << 20;
const NO_VALUE = 0x40;
const LESS_BYTES = 4;
const PAGE_SHIFT = 16;
const PAGE_UNITS = 256;
const TABLE_ENTRY_UNITS = 16;

const types = (params: readonly number[], results: readonly number[] = []): FunctionType => ({
  params: Uint8Array.from(params),
  results: Uint8Array.from(results),
});

export const NOTHING_TYPE = types([]);
export const SLOW_TYPE = types([I64], [I64]);

/** A bulk instruction's operands and results, which are also those of the function that does it. */
export function helperType(
  { opcode, indices }: BulkInstruction,
  tableTypes: readonly number[],
): FunctionType {
  switch (opcode) {
    case OP.memoryGrow:
      return types([I32], [I32]);
    case OP.tableGrow:
      return types([tableTypes[indices[0] ?? 0] ?? 0, I32], [I32]);
    case OP.tableFill:
      return types([I32, tableTypes[indices[0] ?? 0] ?? 0, I32]);
    default:
      return types([I32, I32, I32]);
  }
}

/** The bodies of the functions that the meter appends. Each begins with its declarations of locals. */
export class AppendedFunctions {
  readonly #indices: MeterIndices;

  constructor(indices: MeterIndices) {
    this.#indices = indices;
  }

  /** Takes the fuel to the host and back. */
  pause(): Uint8Array {
    const out = new ByteWriter().byte(0);
    this.#getFuel(out);
    this.#slowCall(out);
    this.#setFuel(out);
    return out.byte(OP.end).written;
  }

  /** Tells the host that calls are nested too deep, and does not come back. */
  tooDeep(): Uint8Array {
    const out = new ByteWriter().byte(0).byte(OP.i64Const).signed(slowCode.tooDeep);
    this.#slowCall(out);
    return out.u8(OP.drop, OP.unreachable, OP.end).written;
  }

  helper(instruction: BulkInstruction): Uint8Array {
    switch (instruction.opcode) {
      case OP.memoryGrow:
        return this.#grow();
      case OP.memoryCopy:
      case OP.memoryFill:
      case OP.memoryInit:
        return this.#memory(instruction);
      default:
        return this.#table(instruction);
    }
  }

  /** Whether the host or the limit refused memory is for the host to tell: only the latter is the module's doing. */
  #grow(): Uint8Array {
    const [pages, result] = [0, 1];
    const out = new ByteWriter().u8(1, 1, I32);
    this.#charge(out, pages, (charge) => charge.signed(PAGE_UNITS).byte(OP.i64Mul));
    this.#get(out, pages).u8(OP.memoryGrow, 0, OP.localTee, result);
    out.byte(OP.i32Const).signed(-1).u8(OP.i32Eq, OP.if, NO_VALUE);
    this.#get(out, pages).byte(OP.i64ExtendI32U).byte(OP.i64Const).signed(slowCode.growFailed).byte(OP.i64Or);
    this.#slowCall(out);
    out.u8(OP.drop, OP.end);
    return this.#get(out, result).byte(OP.end).written;
  }

  /** Tables are small enough to be done at once. */
  #table(instruction: BulkInstruction): Uint8Array {
    const isGrow = instruction.opcode === OP.tableGrow;
    const operands = isGrow ? 2 : 3;
    const out = new ByteWriter().byte(0);
    this.#charge(out, operands - 1, (charge) =>
      isGrow ? charge.signed(TABLE_ENTRY_UNITS).byte(OP.i64Mul) : charge.signed(LESS_BYTES).byte(OP.i64ShrU),
    );
    for (let operand = 0; operand < operands; operand++) this.#get(out, operand);
    return this.#instruction(out, instruction).byte(OP.end).written;
  }

  #memory(instruction: BulkInstruction): Uint8Array {
    const [to, from, length, piece] = [0, 1, 2, 3];
    const out = new ByteWriter().u8(1, 1, I32);
    this.#get(out, length).byte(OP.i32Const).signed(PIECE_BYTES).u8(OP.i32GtU, OP.if, NO_VALUE);
    this.#expectInMemory(out, instruction, to, length);
    if (instruction.opcode === OP.memoryCopy) {
      this.#expectInMemory(out, instruction, from, length);
      this.#get(out, to);
      this.#get(out, from).u8(OP.i32GtU, OP.if, NO_VALUE);
      this.#backwards(out, instruction, [to, from, length, piece]);
      out.u8(OP.return, OP.end);
    }
    if (instruction.opcode === OP.memoryInit) this.#expectInSegment(out, instruction, from, length);
    this.#forwards(out, instruction, [to, from, length, piece]);
    out.byte(OP.else);
    this.#chargeBytes(out, length);
    this.#get(out, to);
    this.#get(out, from);
    this.#get(out, length);
    return this.#instruction(out, instruction).byte(OP.end).byte(OP.end).written;
  }

  #forwards(out: ByteWriter, instruction: BulkInstruction, locals: readonly number[]): void {
    const [to = 0, from = 0, length = 0, piece = 0] = locals;
    out.u8(OP.loop, NO_VALUE);
    this.#nextPiece(out, length, piece);
    this.#get(out, to);
    this.#get(out, from);
    this.#get(out, piece);
    this.#instruction(out, instruction);
    this.#step(out, OP.i32Add, to, piece);
    if (instruction.opcode !== OP.memoryFill) this.#step(out, OP.i32Add, from, piece);
    this.#step(out, OP.i32Sub, length, piece);
    this.#get(out, length).u8(OP.brIf, 0, OP.end);
  }

  /** Where the target lies behind the source and they overlap, the end has to be moved first. */
  #backwards(out: ByteWriter, instruction: BulkInstruction, locals: readonly number[]): void {
    const [to = 0, from = 0, length = 0, piece = 0] = locals;
    this.#step(out, OP.i32Add, to, length);
    this.#step(out, OP.i32Add, from, length);
    out.u8(OP.loop, NO_VALUE);
    this.#nextPiece(out, length, piece);
    this.#step(out, OP.i32Sub, to, piece);
    this.#step(out, OP.i32Sub, from, piece);
    this.#get(out, to);
    this.#get(out, from);
    this.#get(out, piece);
    this.#instruction(out, instruction);
    this.#step(out, OP.i32Sub, length, piece);
    this.#get(out, length).u8(OP.brIf, 0, OP.end);
  }

  /** The smaller of what is left and a piece, charged and checked. */
  #nextPiece(out: ByteWriter, length: number, piece: number): void {
    this.#get(out, length).byte(OP.i32Const).signed(PIECE_BYTES);
    this.#get(out, length).byte(OP.i32Const).signed(PIECE_BYTES);
    out.u8(OP.i32LtU, OP.select, OP.localSet, piece);
    this.#chargeBytes(out, piece);
  }

  /** An instruction that traps leaves nothing written: so its whole range is looked at before its first piece. */
  #expectInMemory(out: ByteWriter, instruction: BulkInstruction, start: number, length: number): void {
    this.#sum(out, start, length);
    out.u8(OP.memorySize, 0, OP.i64ExtendI32U).byte(OP.i64Const).signed(PAGE_SHIFT);
    out.u8(OP.i64Shl, OP.i64GtU, OP.if, NO_VALUE);
    this.#alwaysTraps(out, instruction);
    out.byte(OP.end);
  }

  /** Nothing can be asked about a segment; but at its end no bytes can be taken, and behind it not even that. */
  #expectInSegment(out: ByteWriter, instruction: BulkInstruction, start: number, length: number): void {
    this.#sum(out, start, length);
    out
      .byte(OP.i64Const)
      .signed(2 ** 32 - 1)
      .u8(OP.i64GtU, OP.if, NO_VALUE);
    this.#alwaysTraps(out, instruction);
    out.byte(OP.end).byte(OP.i32Const).signed(0);
    this.#get(out, start);
    this.#get(out, length).byte(OP.i32Add).byte(OP.i32Const).signed(0);
    this.#instruction(out, instruction);
  }

  #alwaysTraps(out: ByteWriter, instruction: BulkInstruction): void {
    for (let operand = 0; operand < 3; operand++) out.byte(OP.i32Const).signed(-1);
    this.#instruction(out, instruction);
  }

  #sum(out: ByteWriter, start: number, length: number): void {
    this.#get(out, start).byte(OP.i64ExtendI32U);
    this.#get(out, length).byte(OP.i64ExtendI32U).byte(OP.i64Add);
  }

  #step(out: ByteWriter, operator: number, local: number, by: number): void {
    this.#get(out, local);
    this.#get(out, by).u8(operator, OP.localSet, local);
  }

  #chargeBytes(out: ByteWriter, length: number): void {
    this.#charge(out, length, (charge) => charge.signed(LESS_BYTES).byte(OP.i64ShrU));
  }

  /** Takes from the fuel what the number in a local costs, and asks for more where none is left. */
  #charge(out: ByteWriter, amount: number, price: (out: ByteWriter) => void): void {
    this.#getFuel(out);
    this.#get(out, amount).byte(OP.i64ExtendI32U).byte(OP.i64Const);
    price(out);
    out.byte(OP.i64Sub);
    this.#setFuel(out);
    this.#getFuel(out);
    out.u8(OP.i64Const, 0, OP.i64LtS, OP.if, NO_VALUE);
    out.byte(OP.call).u32(this.#indices.pauseFunction).byte(OP.end);
  }

  #instruction(out: ByteWriter, { opcode, indices }: BulkInstruction): ByteWriter {
    out.byte(opcode >> 8).u32(opcode & 0xff);
    for (const index of indices) out.u32(index);
    return out;
  }

  #slowCall(out: ByteWriter): void {
    out.u8(OP.i32Const, 0, OP.callIndirect).u32(this.#indices.slowType).u32(this.#indices.slowTable);
  }

  #get(out: ByteWriter, local: number): ByteWriter {
    return out.u8(OP.localGet, local);
  }

  #getFuel(out: ByteWriter): void {
    out.byte(OP.globalGet).u32(this.#indices.fuelGlobal);
  }

  #setFuel(out: ByteWriter): void {
    out.byte(OP.globalSet).u32(this.#indices.fuelGlobal);
  }
}
