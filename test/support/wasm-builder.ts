// SPDX-License-Identifier: MIT
import { ByteWriter } from '../../worker/wasm/byte-writer.ts';

const TYPES: Readonly<Record<string, number>> = {
  i: 0x7f,
  I: 0x7e,
  f: 0x7d,
  F: 0x7c,
  v: 0x7b,
  r: 0x70,
  e: 0x6f,
};

/** Value types as letters: i32 `i`, i64 `I`, f32 `f`, f64 `F`, v128 `v`, funcref `r`, externref `e`. */
export interface FunctionSpec {
  readonly params?: string;
  readonly results?: string;
  readonly locals?: string;
  /** instructions without the last `end` */
  readonly body: readonly number[];
  /** the name that it is exported by */
  readonly as?: string;
}

export interface ModuleSpec {
  /** types before those of the functions, as whole entries */
  readonly types?: readonly (readonly number[])[];
  readonly imports?: readonly {
    readonly module: string;
    readonly name: string;
    readonly params?: string;
    readonly results?: string;
  }[];
  readonly functions?: readonly FunctionSpec[];
  /** [initial, max?] in pages; exported as "memory" */
  readonly memory?: readonly [number, number?];
  /** whole payloads of sections, taken instead of what is made of the rest */
  readonly sections?: Readonly<Record<number, readonly number[]>>;
  readonly start?: number;
}

const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

const letters = (types = ''): number[] => [...types].map((letter) => TYPES[letter] ?? 0);
const vector = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
export const unsigned = (value: number): number[] => [...new ByteWriter().u32(value).written];
export const signed = (value: number | bigint): number[] => [...new ByteWriter().signed(value).written];
const text = (name: string): number[] => [...new ByteWriter().text(name).written];
const functionType = (params?: string, results?: string): number[] => [
  0x60,
  ...vector(letters(params).map((one) => [one])),
  ...vector(letters(results).map((one) => [one])),
];

/** Makes a module byte by byte: imported functions first, then the given ones, each with a type of its own. */
export function wasmModule(spec: ModuleSpec): Uint8Array<ArrayBuffer> {
  const { types = [], imports = [], functions = [], memory } = spec;
  const all = [...imports, ...functions];
  const typeOf = (index: number): number[] => unsigned(types.length + index);
  const exported = functions.flatMap(({ as }, i) =>
    as === undefined ? [] : [[...text(as), 0, ...unsigned(imports.length + i)]],
  );
  if (memory !== undefined) exported.push([...text('memory'), 2, 0]);
  const payloads = new Map<number, readonly number[]>();
  payloads.set(1, vector([...types, ...all.map(({ params, results }) => functionType(params, results))]));
  if (imports.length > 0)
    payloads.set(
      2,
      vector(imports.map(({ module, name }, i) => [...text(module), ...text(name), 0, ...typeOf(i)])),
    );
  payloads.set(3, vector(functions.map((_, i) => typeOf(imports.length + i))));
  if (memory !== undefined) payloads.set(5, vector([limits(memory)]));
  if (exported.length > 0) payloads.set(7, vector(exported));
  if (spec.start !== undefined) payloads.set(8, unsigned(spec.start));
  payloads.set(10, vector(functions.map((one) => sized([...localsOf(one.locals), ...one.body, 0x0b]))));
  for (const [id, payload] of Object.entries(spec.sections ?? {})) payloads.set(Number(id), payload);
  const sections = ORDER.flatMap((id) => {
    const payload = payloads.get(id);
    return payload === undefined ? [] : [id, ...sized(payload)];
  });
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections]);
}

/** A custom section, to be put at the end of a module. */
export const customSection = (name: string): number[] => [0, ...sized(text(name))];

const limits = ([initial, max]: readonly [number, number?]): number[] =>
  max === undefined ? [0, ...unsigned(initial)] : [1, ...unsigned(initial), ...unsigned(max)];

const localsOf = (locals?: string): number[] => vector(letters(locals).map((type) => [1, type]));

/** The instructions that tests are written in. */
export const op = {
  i32: (value: number) => [0x41, ...signed(value)],
  i64: (value: bigint) => [0x42, ...signed(value)],
  get: (local: number) => [0x20, ...unsigned(local)],
  set: (local: number) => [0x21, ...unsigned(local)],
  tee: (local: number) => [0x22, ...unsigned(local)],
  call: (index: number) => [0x10, ...unsigned(index)],
  block: (...body: readonly number[]) => [0x02, 0x40, ...body, 0x0b],
  loop: (...body: readonly number[]) => [0x03, 0x40, ...body, 0x0b],
  if: (then: readonly number[], otherwise?: readonly number[]) => [
    0x04,
    0x40,
    ...then,
    ...(otherwise === undefined ? [] : [0x05, ...otherwise]),
    0x0b,
  ],
  br: (depth: number) => [0x0c, ...unsigned(depth)],
  brIf: (depth: number) => [0x0d, ...unsigned(depth)],
  return: [0x0f],
  unreachable: [0x00],
  drop: [0x1a],
  add: [0x6a],
  sub: [0x6b],
  mul: [0x6c],
  xor: [0x73],
  divU: [0x6e],
  rotl: [0x77],
  grow: [0x40, 0x00],
} as const;
