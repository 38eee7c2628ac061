// SPDX-License-Identifier: MIT

/*
 * What follows each opcode in the binary format, and how many values it takes from the stack and puts there. Written
 * from the specification, apart from the meter's table: a mistake there must not be repeated here.
 */

/** How the immediates of an instruction are encoded. */
export const IMMEDIATE = {
  none: 0,
  index: 1,
  memory: 2,
  long: 3,
  bytes4: 4,
  bytes8: 5,
  byte: 6,
  /** read by whoever handles the instruction */
  own: 7,
  unknown: 8,
} as const;

const immediates = new Uint8Array(256).fill(IMMEDIATE.unknown);
const effects = new Uint8Array(256);

const define = (from: number, to: number, immediate: number, pops = 0, pushes = 0): void => {
  immediates.fill(immediate, from, to + 1);
  effects.fill((pops << 4) | pushes, from, to + 1);
};

define(0x00, 0x01, IMMEDIATE.none); // unreachable nop
define(0x02, 0x0f, IMMEDIATE.own); // control
define(0x10, 0x13, IMMEDIATE.own); // calls
define(0x18, 0x19, IMMEDIATE.own); // delegate catch_all
define(0x1a, 0x1a, IMMEDIATE.none, 1, 0); // drop
define(0x1b, 0x1b, IMMEDIATE.none, 3, 1); // select
define(0x1c, 0x1c, IMMEDIATE.own); // select t
define(0x1f, 0x1f, IMMEDIATE.own); // try_table
define(0x20, 0x24, IMMEDIATE.index); // locals and globals
define(0x25, 0x25, IMMEDIATE.index, 1, 1); // table.get
define(0x26, 0x26, IMMEDIATE.index, 2, 0); // table.set
define(0x28, 0x35, IMMEDIATE.memory, 1, 1); // loads
define(0x36, 0x3e, IMMEDIATE.memory, 2, 0); // stores
define(0x3f, 0x3f, IMMEDIATE.index, 0, 1); // memory.size
define(0x40, 0x40, IMMEDIATE.index, 1, 1); // memory.grow
define(0x41, 0x41, IMMEDIATE.index, 0, 1); // i32.const
define(0x42, 0x42, IMMEDIATE.long, 0, 1); // i64.const
define(0x43, 0x43, IMMEDIATE.bytes4, 0, 1); // f32.const
define(0x44, 0x44, IMMEDIATE.bytes8, 0, 1); // f64.const
define(0x45, 0x45, IMMEDIATE.none, 1, 1); // i32.eqz
define(0x46, 0x4f, IMMEDIATE.none, 2, 1); // i32 comparisons
define(0x50, 0x50, IMMEDIATE.none, 1, 1); // i64.eqz
define(0x51, 0x66, IMMEDIATE.none, 2, 1); // i64 f32 f64 comparisons
define(0x67, 0x69, IMMEDIATE.none, 1, 1); // i32 clz ctz popcnt
define(0x6a, 0x78, IMMEDIATE.none, 2, 1); // i32 arithmetic
define(0x79, 0x7b, IMMEDIATE.none, 1, 1); // i64 clz ctz popcnt
define(0x7c, 0x8a, IMMEDIATE.none, 2, 1); // i64 arithmetic
define(0x8b, 0x91, IMMEDIATE.none, 1, 1); // f32 unary
define(0x92, 0x98, IMMEDIATE.none, 2, 1); // f32 arithmetic
define(0x99, 0x9f, IMMEDIATE.none, 1, 1); // f64 unary
define(0xa0, 0xa6, IMMEDIATE.none, 2, 1); // f64 arithmetic
define(0xa7, 0xc4, IMMEDIATE.none, 1, 1); // conversions, sign extensions
define(0xd0, 0xd0, IMMEDIATE.byte, 0, 1); // ref.null
define(0xd1, 0xd1, IMMEDIATE.none, 1, 1); // ref.is_null
define(0xd2, 0xd2, IMMEDIATE.index, 0, 1); // ref.func
define(0xfc, 0xfd, IMMEDIATE.own); // saturating conversions and bulk operations, vectors

export const immediateOf = (opcode: number): number => immediates[opcode] ?? IMMEDIATE.unknown;
export const popsOf = (opcode: number): number => (effects[opcode] ?? 0) >> 4;
export const pushesOf = (opcode: number): number => (effects[opcode] ?? 0) & 15;

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
  selectTyped: 0x1c,
  tryTable: 0x1f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableGet: 0x25,
  tableSet: 0x26,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeU: 0x4d,
  i32GeU: 0x4f,
  i64LtS: 0x53,
  i64GeS: 0x59,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32DivU: 0x6e,
  i32RemU: 0x70,
  i32And: 0x71,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64Or: 0x84,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  refFunc: 0xd2,
  miscellaneous: 0xfc,
  vector: 0xfd,
} as const;

/** After 0xfc. */
export const MISC = {
  memoryInit: 8,
  dataDrop: 9,
  memoryCopy: 10,
  memoryFill: 11,
  tableInit: 12,
  elemDrop: 13,
  tableCopy: 14,
  tableGrow: 15,
  tableSize: 16,
  tableFill: 17,
} as const;
