// SPDX-License-Identifier: MIT
import { ByteReader, ModuleError } from './bytes.ts';

/** Section ids of the binary format, in the order in which they stand (data count before code). */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/** Parts a module into its sections. The module has passed `WebAssembly.validate` already. */
export function readSections(module: Uint8Array): Section[] {
  const reader = new ByteReader(module);
  const magic = Buffer.from(reader.take(8)).toString('hex');
  if (magic !== '0061736d01000000') throw new ModuleError('the module is not WebAssembly version 1');
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, body: reader.take(reader.u32()) });
  }
  return sections;
}

export const bodyOf = (sections: readonly Section[], id: number): Uint8Array | undefined =>
  sections.find((section) => section.id === id)?.body;

export interface ImportEntry {
  readonly module: string;
  readonly name: string;
  /** 0 function, 1 table, 2 memory, 3 global, 4 tag */
  readonly kind: number;
  /** type index, for functions */
  readonly type: number;
}

export interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

/** Reads limits; refuses what the meter cannot bound, by name. */
export function readLimits(reader: ByteReader): Limits {
  const flags = reader.byte();
  if ((flags & 0x02) !== 0)
    throw new ModuleError('the module uses shared memory (threads), which Lull does not run');
  if ((flags & 0x04) !== 0) throw new ModuleError('the module uses 64-bit memory, which Lull does not run');
  if (flags > 1)
    throw new ModuleError('the module uses memory with custom page sizes, which Lull does not run');
  const min = reader.u32();
  return { min, max: flags === 1 ? reader.u32() : undefined };
}

export function readImports(body: Uint8Array | undefined): ImportEntry[] {
  if (body === undefined) return [];
  const reader = new ByteReader(body);
  const count = reader.u32();
  const imports: ImportEntry[] = [];
  for (let i = 0; i < count; i++) {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    let type = 0;
    if (kind === 0) type = reader.u32();
    else if (kind === 1) {
      reader.skip(1);
      readLimits(reader);
    } else if (kind === 2) readLimits(reader);
    else if (kind === 3) reader.skip(2);
    else throw new ModuleError('the module imports an exception tag, which Lull does not run');
    imports.push({ module, name, kind, type });
  }
  return imports;
}

export interface FunctionType {
  readonly params: number;
  /** value types of the results, as their bytes */
  readonly results: Uint8Array;
}

/** Function types by index; other kinds of types are refused by name. */
export function readTypes(body: Uint8Array | undefined): FunctionType[] {
  if (body === undefined) return [];
  const reader = new ByteReader(body);
  const count = reader.u32();
  const types: FunctionType[] = [];
  const values = (): Uint8Array => {
    const length = reader.u32();
    const start = reader.offset;
    for (let i = 0; i < length; i++) {
      const type = reader.byte();
      if (type < 0x6f || type > 0x7f)
        throw new ModuleError('the module uses typed references, which Lull does not run');
    }
    return reader.bytes.subarray(start, reader.offset);
  };
  for (let i = 0; i < count; i++) {
    if (reader.byte() !== 0x60)
      throw new ModuleError('the module uses garbage-collected types, which Lull does not run');
    const params = values().length;
    types.push({ params, results: values() });
  }
  return types;
}

/** The numbers of a section that is just a list of indices. */
export function readIndices(body: Uint8Array | undefined): number[] {
  if (body === undefined) return [];
  const reader = new ByteReader(body);
  return Array.from({ length: reader.u32() }, () => reader.u32());
}

/** How many entries a section has; 0 for a section that is not there. */
export const countOf = (body: Uint8Array | undefined): number =>
  body === undefined ? 0 : new ByteReader(body).u32();

export interface ExportEntry {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export function readExports(body: Uint8Array | undefined): ExportEntry[] {
  if (body === undefined) return [];
  const reader = new ByteReader(body);
  return Array.from({ length: reader.u32() }, () => ({
    name: reader.name(),
    kind: reader.byte(),
    index: reader.u32(),
  }));
}
