// SPDX-License-Identifier: MIT

/*
 * The price of instructions, units of fuel (METERING section 2.2): 1 each; 0 for block, loop, else, end, nop and
 * drop; 8 for division, remainder and square root; 4 for a call, 8 for an indirect one. Changing a price changes
 * what work costs everywhere: it is part of the meter's version.
 */

export const METER_VERSION = 1;

export const CALL_COST = 4;
export const INDIRECT_CALL_COST = 8;
const SLOW_ARITHMETIC_COST = 8;
const MEMORY_GROW_COST = 200;
/** added to the price of memory.grow for each page */
export const GROW_COST_PER_PAGE = 256;
/** a bulk instruction costs its length shifted right by this, on top */
export const DYNAMIC_UNIT_SHIFT = 4;

const SLOW_SCALAR = new Set([
  // i32 and i64 div_s, div_u, rem_s, rem_u
  0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82,
  // f32 and f64 sqrt and div
  0x91, 0x95, 0x9f, 0xa3,
]);
// f32x4 and f64x2 sqrt and div
const SLOW_SIMD = new Set([0xe3, 0xe7, 0xef, 0xf3]);

/** @param code the opcode; for the SIMD prefix 0xfd, `sub` is the opcode after it. */
export function costOf(code: number, sub = 0): number {
  if (code === 0x40) return MEMORY_GROW_COST;
  const slow = code === 0xfd ? SLOW_SIMD.has(sub) : SLOW_SCALAR.has(code);
  return slow ? SLOW_ARITHMETIC_COST : 1;
}
