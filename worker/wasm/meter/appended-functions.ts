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

  /**
   * Mostly it is not even one piece. Else whole pieces while there is more than one, then what is left, from the other
   * end where that would be overwritten.
   */
  #memory(instruction: BulkInstruction): Uint8Array {
    const [to, from, length] = [0, 1, 2];
    const out = new ByteWriter().byte(0);
    this.#lastPiece(out, instruction, [], length);
    this.#expectInMemory(out, instruction, to, length);
    if (instruction.opcode === OP.memoryCopy) {
      this.#expectInMemory(out, instruction, from, length);
      this.#get(out, to);
      this.#get(out, from).u8(OP.i32GtU, OP.if, NO_VALUE);
      this.#step(out, OP.i32Add, to, length);
      this.#step(out, OP.i32Add, from, length);
      this.#pieces(out, instruction, [to, from], length, true);
      out.byte(OP.end);
    }
    if (instruction.opcode === OP.memoryInit) this.#expectInSegment(out, instruction, from, length);
    const moving = instruction.opcode === OP.memoryFill ? [to] : [to, from];
    this.#pieces(out, instruction, moving, length, false);
    return out.byte(OP.end).written;
  }

  /** Each piece is charged and checked before it is moved. Does not come back: the function ends with the last. */
  #pieces(
    out: ByteWriter,
    instruction: BulkInstruction,
    moving: readonly number[],
    length: number,
    backwards: boolean,
  ): void {
    const piece = (): void => void out.byte(OP.i32Const).signed(PIECE_BYTES);
    out.u8(OP.loop, NO_VALUE);
    this.#lastPiece(out, instruction, backwards ? moving : [], length);
    this.#getFuel(out);
    out
      .byte(OP.i64Const)
      .signed(PIECE_BYTES >> LESS_BYTES)
      .byte(OP.i64Sub);
    this.#setFuel(out);
    this.#checkFuel(out);
    if (backwards) for (const local of moving) this.#step(out, OP.i32Sub, local, piece);
    this.#move(out, instruction, piece);
    if (!backwards) for (const local of moving) this.#step(out, OP.i32Add, local, piece);
    this.#step(out, OP.i32Sub, length, piece);
    out.u8(OP.br, 0, OP.end);
  }

  /** What is left, if it is no more than one piece; that ends the function. */
  #lastPiece(
    out: ByteWriter,
    instruction: BulkInstruction,
    stepBack: readonly number[],
    length: number,
  ): void {
    this.#get(out, length).byte(OP.i32Const).signed(PIECE_BYTES).u8(OP.i32LeU, OP.if, NO_VALUE);
    this.#chargeBytes(out, length);
    for (const local of stepBack) this.#step(out, OP.i32Sub, local, length);
    this.#move(out, instruction, () => this.#get(out, length));
    out.u8(OP.return, OP.end);
  }

  #move(out: ByteWriter, instruction: BulkInstruction, size: () => void): void {
    const [to, from] = [0, 1];
    this.#get(out, to);
    this.#get(out, from);
    size();
    this.#instruction(out, instruction);
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

  #step(out: ByteWriter, operator: number, local: number, by: number | (() => void)): void {
    this.#get(out, local);
    if (typeof by === 'number') this.#get(out, by);
    else by();
    out.u8(operator, OP.localSet, local);
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
    this.#checkFuel(out);
  }

  #checkFuel(out: ByteWriter): void {
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
