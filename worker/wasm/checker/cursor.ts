// SPDX-License-Identifier: MIT
import { IMMEDIATE, immediateOf, MISC, OP } from './instruction-set.ts';
import { NotProved } from './not-proved.ts';

const PAST_MEMORY_FLAGS = 64;

/** The checker's own decoder: a place in the bytes of a module. Whatever it does not know, it refuses. */
export class Cursor {
  readonly bytes: Uint8Array;
  position: number;
  end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  fail(reason: string): never {
    throw new NotProved(reason, this.position);
  }

  byte(): number {
    if (this.position >= this.end) this.fail('it is cut off');
    return this.bytes[this.position++] ?? 0;
  }

  u32(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
    return this.fail('a number is too long');
  }

  /** A signed number of up to 64 bits: exact up to 53, rounded towards nothing smaller than that beyond. */
  signed(): number {
    const start = this.position;
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      if (next < 0x80) return (next & 0x40) === 0 ? value : value - scale * 128;
    }
    return this.#longSigned(start);
  }

  #longSigned(start: number): number {
    this.position = start;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const next = this.byte();
      value |= BigInt(next & 0x7f) << shift;
      if (next < 0x80) return Number(BigInt.asIntN(Math.min(Number(shift) + 7, 64), value));
    }
    return this.fail('a number is too long');
  }

  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    this.position += count;
    if (this.position > this.end) this.fail('it is cut off');
  }

  text(): string {
    const length = this.u32();
    const from = this.position;
    this.skip(length);
    return Buffer.from(this.bytes.subarray(from, from + length)).toString('utf8');
  }

  /** Steps over what follows an opcode. @returns the number after a prefix, otherwise 0 */
  skipImmediates(opcode: number): number {
    switch (immediateOf(opcode)) {
      case IMMEDIATE.none:
        return 0;
      case IMMEDIATE.index:
      case IMMEDIATE.long:
        this.skipLeb();
        return 0;
      case IMMEDIATE.memory:
        this.#skipMemoryArgument();
        return 0;
      case IMMEDIATE.bytes4:
        this.skip(4);
        return 0;
      case IMMEDIATE.bytes8:
        this.skip(8);
        return 0;
      case IMMEDIATE.byte:
        this.skip(1);
        return 0;
      case IMMEDIATE.own:
        return this.#skipOwn(opcode);
      default:
        return this.#unknown(opcode);
    }
  }

  /** Steps over a constant expression. @returns the function that it refers to, or -1 */
  constantExpression(): number {
    let referred = -1;
    for (;;) {
      const opcode = this.byte();
      if (opcode === OP.end) return referred;
      if (opcode === OP.refFunc) referred = this.u32();
      else this.skipImmediates(opcode);
    }
  }

  /** Steps over a block's type. */
  skipBlockType(): void {
    this.skipLeb();
  }

  #skipMemoryArgument(): void {
    if (this.u32() >= PAST_MEMORY_FLAGS) this.fail('it uses more than one memory');
    this.skipLeb();
  }

  #skipOwn(opcode: number): number {
    switch (opcode) {
      case OP.block:
      case OP.loop:
      case OP.if:
      case OP.try:
        this.skipBlockType();
        return 0;
      case OP.else:
      case OP.end:
      case OP.return:
      case OP.throwRef:
      case OP.catchAll:
        return 0;
      case OP.catch:
      case OP.throw:
      case OP.rethrow:
      case OP.br:
      case OP.brIf:
      case OP.call:
      case OP.returnCall:
      case OP.delegate:
        this.skipLeb();
        return 0;
      case OP.callIndirect:
      case OP.returnCallIndirect:
        this.skipLeb();
        this.skipLeb();
        return 0;
      case OP.brTable:
        for (let left = this.u32(); left >= 0; left--) this.skipLeb();
        return 0;
      case OP.selectTyped:
        this.skip(this.u32());
        return 0;
      case OP.tryTable:
        this.skipBlockType();
        for (let left = this.u32(); left > 0; left--) this.catchClause();
        return 0;
      case OP.miscellaneous:
        return this.#skipMiscellaneous();
      case OP.vector:
        return this.#skipVector();
      default:
        return this.#unknown(opcode);
    }
  }

  /** One clause of `try_table`. @returns the label that it branches to */
  catchClause(): number {
    const kind = this.byte();
    if (kind > 3) this.fail('it has a catch clause of an unknown kind');
    if (kind < 2) this.skipLeb();
    return this.u32();
  }

  #skipMiscellaneous(): number {
    const number = this.u32();
    switch (number) {
      case MISC.memoryInit:
      case MISC.memoryCopy:
      case MISC.tableInit:
      case MISC.tableCopy:
        this.skipLeb();
        this.skipLeb();
        return number;
      case MISC.dataDrop:
      case MISC.memoryFill:
      case MISC.elemDrop:
      case MISC.tableGrow:
      case MISC.tableSize:
      case MISC.tableFill:
        this.skipLeb();
        return number;
      default:
        return number <= 7 ? number : this.#unknown(OP.miscellaneous, number);
    }
  }

  #skipVector(): number {
    const number = this.u32();
    if (number > 0xff) this.#unknown(OP.vector, number);
    const loadsOrStores = number <= 11 || number === 92 || number === 93;
    if (loadsOrStores) this.#skipMemoryArgument();
    else if (number === 12 || number === 13) this.skip(16);
    else if (number >= 21 && number <= 34) this.skip(1);
    else if (number >= 84 && number <= 91) {
      this.#skipMemoryArgument();
      this.skip(1);
    }
    return number;
  }

  #unknown(...codes: readonly number[]): never {
    return this.fail(
      `the checker does not know the instruction ${codes.map((code) => `0x${code.toString(16)}`).join(' ')}`,
    );
  }
}
