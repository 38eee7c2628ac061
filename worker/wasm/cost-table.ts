// SPDX-License-Identifier: MIT
import { OP } from './instructions.ts';

/*
 * The price list. Fuel is money: a change here is a change of the protocol (METER_VERSION).
 * One unit for every executed instruction, but:
 */
export const METER_VERSION = 4;

const PRICES: readonly (readonly [price: number, ...opcodes: number[]])[] = [
  [
    0,
    OP.block,
    OP.loop,
    OP.else,
    OP.end,
    OP.nop,
    OP.drop,
    OP.try,
    OP.catch,
    OP.catchAll,
    OP.delegate,
    OP.tryTable,
  ],
  // i32 and i64 div and rem; f32 and f64 sqrt and div; the same on vectors
  [8, 0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82, 0x91, 0x95, 0x9f, 0xa3],
  [8, 0xfde3, 0xfde7, 0xfdef, 0xfdf3],
  [4, OP.call, OP.returnCall],
  [8, OP.callIndirect, OP.returnCallIndirect],
  [1000, OP.throw, OP.rethrow, OP.throwRef],
  [200, OP.memoryGrow],
  [1000, OP.tableGrow],
];

const PLAIN = new Uint16Array(256).fill(1);
const VECTOR = new Uint16Array(256).fill(1);
const BULK = new Uint16Array(256).fill(1);
const tableOf = (opcode: number): Uint16Array =>
  opcode >= 0xfd00 ? VECTOR : opcode >= 0xfc00 ? BULK : PLAIN;
for (const [price, ...opcodes] of PRICES)
  for (const opcode of opcodes) tableOf(opcode)[opcode & 0xff] = price;

/** The units of fuel that an instruction costs whatever its operands are. */
export const costOf = (opcode: number): number => tableOf(opcode)[opcode & 0xff] ?? 1;

/** What an instruction costs beyond that, by the number on top of the stack: pages, bytes or entries. */
export type DynamicCost = { readonly shiftRight: number } | { readonly times: number };

const BULK_SHIFT = 4;
const BULK_COST: DynamicCost = { shiftRight: BULK_SHIFT };

/** The same for bytes that are moved, where it is known beforehand how many. */
export const fixedCostOf = (bytes: number): number => bytes >>> BULK_SHIFT;

const DYNAMIC: ReadonlyMap<number, DynamicCost> = new Map<number, DynamicCost>([
  [OP.memoryGrow, { times: 256 }],
  [OP.tableGrow, { times: 16 }],
  [OP.memoryInit, BULK_COST],
  [OP.memoryCopy, BULK_COST],
  [OP.memoryFill, BULK_COST],
  [OP.tableInit, BULK_COST],
  [OP.tableCopy, BULK_COST],
  [OP.tableFill, BULK_COST],
]);

export const dynamicCostOf = (opcode: number): DynamicCost | undefined =>
  opcode === OP.memoryGrow || opcode >= 0xfc08 ? DYNAMIC.get(opcode) : undefined;
