// SPDX-License-Identifier: MIT
import { ByteWriter } from '../byte-writer.ts';
import type { MutableGlobal } from '../meter/checkpointable.ts';

const CODE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c } as const;
const I64 = 0x7e;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const LOCAL_GET = 0x20;
const END = 0x0b;
/** From the global's type to i64, and back. */
const TO_BITS = {
  i32: [0xad],
  i64: [],
  f32: [0xbc, 0xad],
  f64: [0xbd],
} as const;
const FROM_BITS = {
  i32: [0xa7],
  i64: [],
  f32: [0xa7, 0xbe],
  f64: [0xbf],
} as const;

interface GlobalBits {
  get(): bigint;
  set(bits: bigint): void;
}

/**
 * Reads and writes a global bit by bit. As a number of JavaScript, a NaN could come out as another one. So a module is
 * made that imports the global and moves its bits.
 */
export function globalBits(
  global: WebAssembly.ExportValue | undefined,
  type: MutableGlobal['type'],
): GlobalBits {
  const instance = new WebAssembly.Instance(accessor(type), { '': { g: global as WebAssembly.ImportValue } });
  const { get, set } = instance.exports as unknown as { get: () => bigint; set: (bits: bigint) => void };
  return { get: () => BigInt.asUintN(64, get()), set: (bits) => set(BigInt.asIntN(64, bits)) };
}

const modules = new Map<string, WebAssembly.Module>();

function accessor(type: MutableGlobal['type']): WebAssembly.Module {
  const made = modules.get(type) ?? new WebAssembly.Module(accessorBytes(type));
  modules.set(type, made);
  return made;
}

function accessorBytes(type: MutableGlobal['type']): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const section = (id: number, payload: ByteWriter): void => void out.u8(id).sized(payload.written);
  const body = (...code: readonly number[]): Uint8Array => new ByteWriter().u8(0, ...code, END).written;
  section(1, new ByteWriter().u8(2, 0x60, 0, 1, I64, 0x60, 1, I64, 0));
  section(2, new ByteWriter().u8(1).text('').text('g').u8(3, CODE[type], 1));
  section(3, new ByteWriter().u8(2, 0, 1));
  section(7, new ByteWriter().u8(2).text('get').u8(0, 0).text('set').u8(0, 1));
  section(
    10,
    new ByteWriter()
      .u8(2)
      .sized(body(GLOBAL_GET, 0, ...TO_BITS[type]))
      .sized(body(LOCAL_GET, 0, ...FROM_BITS[type], GLOBAL_SET, 0)),
  );
  return new Uint8Array(out.written);
}
