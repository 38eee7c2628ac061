// SPDX-License-Identifier: MIT
import { type ByteReader, ModuleError } from './bytes.ts';
import { CALL_COST, costOf, INDIRECT_CALL_COST } from './costs.ts';

/** What the meter must know of an instruction beyond its price. */
export type InstructionKind =
  | 'plain'
  | 'block'
  | 'loop'
  | 'if'
  | 'else'
  | 'end'
  /** ends a basic block: br_if */
  | 'branch'
  /** nothing after it is reached: br, br_table, unreachable */
  | 'jump'
  | 'return'
  | 'tail_call'
  | 'memory_grow'
  /** takes a length on top of the stack that its price depends on */
  | 'bulk';

export interface Instruction {
  readonly kind: InstructionKind;
  /** units of fuel */
  readonly cost: number;
}

const plain = (cost: number): Instruction => ({ kind: 'plain', cost });
const of = (kind: InstructionKind, cost: number): Instruction => ({ kind, cost });

const refuse = (what: string): never => {
  throw new ModuleError(`the module uses ${what}, which Lull does not run`);
};

/** A memory argument: alignment and offset; multiple memories and 64-bit ones are refused by name elsewhere. */
function memoryArgument(reader: ByteReader): void {
  if ((reader.u32() & 0x40) !== 0) refuse('multiple memories');
  reader.u32();
}

/** Passes over a value type: a number, a vector, or one of the two plain reference types. */
export function readValueType(reader: ByteReader): void {
  const type = reader.byte();
  if (type < 0x6f || type > 0x7f) refuse('typed references');
}

/** Passes over a block type. */
function blockType(reader: ByteReader): void {
  const first = reader.peek();
  if (first === 0x40 || (first >= 0x6f && first <= 0x7f)) reader.skip(1);
  else if (first === 0x63 || first === 0x64) refuse('typed references');
  else reader.skipLeb(33);
}

function prefixFc(reader: ByteReader): Instruction {
  const code = reader.u32();
  if (code <= 7) return plain(1);
  switch (code) {
    case 8: // memory.init
    case 12: // table.init
      reader.u32();
      reader.u32();
      return of('bulk', 1);
    case 9: // data.drop
    case 13: // elem.drop
    case 16: // table.size
      reader.u32();
      return plain(1);
    case 10: // memory.copy
    case 14: // table.copy
      reader.u32();
      reader.u32();
      return of('bulk', 1);
    case 11: // memory.fill
    case 17: // table.fill
    case 15: // table.grow
      reader.u32();
      return of('bulk', 1);
    default:
      return refuse(`the instruction fc ${code}`);
  }
}

function prefixFd(reader: ByteReader): Instruction {
  const code = reader.u32();
  if (code >= 0x100) refuse('relaxed SIMD');
  if (code <= 11 || code === 92 || code === 93) memoryArgument(reader);
  else if (code === 12 || code === 13) reader.skip(16);
  else if (code >= 21 && code <= 34) reader.skip(1);
  else if (code >= 84 && code <= 91) {
    memoryArgument(reader);
    reader.skip(1);
  }
  return plain(costOf(0xfd, code));
}

/** Reads one instruction with its immediates. */
export function readInstruction(reader: ByteReader): Instruction {
  const code = reader.byte();
  switch (code) {
    case 0x00:
      return of('jump', 1);
    case 0x01:
      return plain(0);
    case 0x02:
      blockType(reader);
      return of('block', 0);
    case 0x03:
      blockType(reader);
      return of('loop', 0);
    case 0x04:
      blockType(reader);
      return of('if', 1);
    case 0x05:
      return of('else', 0);
    case 0x0b:
      return of('end', 0);
    case 0x0c:
      reader.u32();
      return of('jump', 1);
    case 0x0d:
      reader.u32();
      return of('branch', 1);
    case 0x0e: {
      const labels = reader.u32();
      for (let i = 0; i <= labels; i++) reader.u32();
      return of('jump', 1);
    }
    case 0x0f:
      return of('return', 1);
    case 0x10:
      reader.u32();
      return plain(CALL_COST);
    case 0x11:
      reader.u32();
      reader.u32();
      return plain(INDIRECT_CALL_COST);
    case 0x12:
      reader.u32();
      return of('tail_call', CALL_COST);
    case 0x13:
      reader.u32();
      reader.u32();
      return of('tail_call', INDIRECT_CALL_COST);
    case 0x1a:
      return plain(0);
    case 0x1b:
      return plain(1);
    case 0x1c: {
      const types = reader.u32();
      for (let i = 0; i < types; i++) readValueType(reader);
      return plain(1);
    }
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x24:
    case 0x25:
    case 0x26:
      reader.u32();
      return plain(1);
    case 0x3f:
      reader.u32();
      return plain(1);
    case 0x40:
      reader.u32();
      return of('memory_grow', costOf(0x40));
    case 0x41:
      reader.skipLeb(32);
      return plain(1);
    case 0x42:
      reader.skipLeb(64);
      return plain(1);
    case 0x43:
      reader.skip(4);
      return plain(1);
    case 0x44:
      reader.skip(8);
      return plain(1);
    case 0xd0:
      reader.skipLeb(33);
      return plain(1);
    case 0xd1:
      return plain(1);
    case 0xd2:
      reader.u32();
      return plain(1);
    case 0xfb:
      return refuse('garbage-collected types');
    case 0xfc:
      return prefixFc(reader);
    case 0xfd:
      return prefixFd(reader);
    case 0xfe:
      return refuse('threads and atomics');
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x0a:
    case 0x18:
    case 0x19:
    case 0x1f:
      return refuse('exceptions');
    case 0x14:
    case 0x15:
    case 0xd3:
    case 0xd4:
    case 0xd5:
    case 0xd6:
      return refuse('typed references');
    default:
      if (code >= 0x28 && code <= 0x3e) {
        memoryArgument(reader);
        return plain(1);
      }
      if (code >= 0x45 && code <= 0xc4) return plain(costOf(code));
      return refuse(`the unknown instruction ${code.toString(16)}`);
  }
}
