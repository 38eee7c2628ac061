// SPDX-License-Identifier: MIT
import { type ByteReader, InvalidModule } from './byte-reader.ts';

export const I32 = 0x7f;
export const I64 = 0x7e;
const V128 = 0x7b;
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;
const EXNREF = 0x69;
const NO_VALUE = 0x40;

const SUPPORTED = new Set([I32, I64, 0x7d, 0x7c, V128, FUNCREF, EXTERNREF, EXNREF]);

/** Parameters and results, each as its one-byte code. */
export interface FunctionType {
  readonly params: Uint8Array;
  readonly results: Uint8Array;
}

/** @throws {InvalidModule} naming what is refused */
export function refuse(feature: string): never {
  throw new InvalidModule(`The module uses ${feature}, which Lull refuses: build it without.`);
}

export function readValueType(reader: ByteReader): number {
  const type = reader.u8();
  if (!SUPPORTED.has(type)) refuse('garbage-collected or typed references');
  return type;
}

/** A type of a block: none, one value, or a function type by its index. */
export function skipBlockType(reader: ByteReader): void {
  const first = reader.peek();
  const isIndex = first < NO_VALUE || first >= 0x80;
  if (isIndex) reader.skipLeb(5);
  else if (first === NO_VALUE) reader.skip(1);
  else readValueType(reader);
}

/** How many 8-byte places a value takes on a stack. */
export const placesOf = (type: number): number => (type === V128 ? 2 : 1);

/** `(i32, i64) -> (i32)` for people. */
export function describeType(type: FunctionType): string {
  const names: Readonly<Record<number, string>> = {
    [I32]: 'i32',
    [I64]: 'i64',
    0x7d: 'f32',
    0x7c: 'f64',
    [V128]: 'v128',
  };
  const list = (types: Uint8Array): string => [...types].map((one) => names[one] ?? 'ref').join(', ');
  return `(${list(type.params)}) -> (${list(type.results)})`;
}
