// SPDX-License-Identifier: MIT
import { type ByteReader, InvalidModule } from './byte-reader.ts';
import { readValueType, refuse, skipBlockType } from './value-types.ts';

/** Instructions that the meter tells apart. Prefixed ones are `prefix << 8 | number`. */
export const OP = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  delegate: 0x18,
  catchAll: 0x19,
  drop: 0x1a,
  select: 0x1b,
  tryTable: 0x1f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableSet: 0x26,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeU: 0x4d,
  i64LtS: 0x53,
  i64GtU: 0x56,
  i64GeS: 0x59,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32DivU: 0x6e,
  i32RemU: 0x70,
  i32And: 0x71,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64Or: 0x84,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  refFunc: 0xd2,
  memoryInit: 0xfc08,
  dataDrop: 0xfc09,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  tableInit: 0xfc0c,
  elementDrop: 0xfc0d,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableFill: 0xfc11,
} as const;

type Immediates = (reader: ByteReader) => void;

const none: Immediates = () => undefined;
const index: Immediates = (reader) => reader.skipLeb(5);
const twoIndices: Immediates = (reader) => {
  reader.skipLeb(5);
  reader.skipLeb(5);
};
const memoryArgument: Immediates = (reader) => {
  // Bit 6 of the alignment says that a memory index follows.
  if (reader.u32() >= 64) refuse('more than one memory');
  reader.skipLeb(5);
};
const laneOfMemory: Immediates = (reader) => {
  memoryArgument(reader);
  reader.skip(1);
};
const bytes =
  (count: number): Immediates =>
  (reader) =>
    reader.skip(count);
const branchTable: Immediates = (reader) => {
  const targets = reader.u32();
  for (let i = 0; i <= targets; i++) reader.skipLeb(5);
};
const catches: Immediates = (reader) => {
  skipBlockType(reader);
  const clauses = reader.u32();
  for (let i = 0; i < clauses; i++) {
    const hasTag = reader.u8() < 2;
    if (hasTag) reader.skipLeb(5);
    reader.skipLeb(5);
  }
};
const selectTypes: Immediates = (reader) => {
  const types = reader.u32();
  for (let i = 0; i < types; i++) readValueType(reader);
};

const PLAIN: (Immediates | undefined)[] = Array.from<Immediates | undefined>({ length: 256 });
const fill = (from: number, to: number, immediates: Immediates): void => {
  PLAIN.fill(immediates, from, to + 1);
};
fill(0x00, 0x01, none);
fill(0x02, 0x04, skipBlockType);
fill(0x05, 0x05, none);
fill(0x06, 0x06, skipBlockType);
fill(0x07, 0x09, index);
fill(0x0a, 0x0b, none);
fill(0x0c, 0x0d, index);
fill(0x0e, 0x0e, branchTable);
fill(0x0f, 0x0f, none);
fill(0x10, 0x10, index);
fill(0x11, 0x11, twoIndices);
fill(0x12, 0x12, index);
fill(0x13, 0x13, twoIndices);
fill(0x14, 0x15, () => refuse('garbage-collected or typed references'));
fill(0x18, 0x18, index);
fill(0x19, 0x1b, none);
fill(0x1c, 0x1c, selectTypes);
fill(0x1f, 0x1f, catches);
fill(0x20, 0x26, index);
fill(0x28, 0x3e, memoryArgument);
fill(0x3f, 0x40, bytes(1));
fill(0x41, 0x41, (reader) => reader.skipLeb(5));
fill(0x42, 0x42, (reader) => reader.skipLeb(10));
fill(0x43, 0x43, bytes(4));
fill(0x44, 0x44, bytes(8));
fill(0x45, 0xc4, none);
fill(0xd0, 0xd0, (reader) => void readValueType(reader));
fill(0xd1, 0xd1, none);
fill(0xd2, 0xd2, index);
fill(0xd3, 0xd6, () => refuse('garbage-collected or typed references'));
fill(0xfb, 0xfb, () => refuse('garbage-collected or typed references'));
fill(0xfe, 0xfe, () => refuse('threads or atomics'));

const BULK: readonly Immediates[] = [
  ...Array.from<Immediates>({ length: 8 }).fill(none),
  twoIndices, // memory.init
  index, // data.drop
  twoIndices, // memory.copy
  index, // memory.fill
  twoIndices, // table.init
  index, // elem.drop
  twoIndices, // table.copy
  index, // table.grow
  index, // table.size
  index, // table.fill
];

function vectorImmediates(number: number): Immediates {
  if (number >= 0x100) refuse('relaxed SIMD, whose results depend on the processor');
  if (number <= 11 || number === 92 || number === 93) return memoryArgument;
  if (number === 12 || number === 13) return bytes(16);
  if (number >= 21 && number <= 34) return bytes(1);
  if (number >= 84 && number <= 91) return laneOfMemory;
  return none;
}

/**
 * Reads one instruction with everything that belongs to it.
 * @returns its opcode, as in `OP`
 * @throws {InvalidModule} naming what is refused
 */
export function readInstruction(reader: ByteReader): number {
  const opcode = reader.u8();
  if (opcode === 0xfc) {
    const number = reader.u32();
    const immediates = BULK[number];
    if (immediates === undefined) return unknownOpcode(opcode, number);
    immediates(reader);
    return 0xfc00 | number;
  }
  if (opcode === 0xfd) {
    const number = reader.u32();
    vectorImmediates(number)(reader);
    return 0xfd00 | number;
  }
  const immediates = PLAIN[opcode];
  if (immediates === undefined) return unknownOpcode(opcode);
  immediates(reader);
  return opcode;
}

/** Steps over an expression of constants, its `end` included. */
export function skipConstant(reader: ByteReader): void {
  while (readInstruction(reader) !== OP.end);
}

function unknownOpcode(...numbers: readonly number[]): never {
  const name = numbers.map((number) => `0x${number.toString(16)}`).join(' ');
  throw new InvalidModule(`The module uses the instruction ${name}, which Lull does not know.`);
}
