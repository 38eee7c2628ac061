// SPDX-License-Identifier: MIT
import { ByteReader, ByteWriter, ModuleError } from './bytes.ts';
import { meterFunction, type FunctionContext } from './meter-function.ts';
import {
  bodyOf,
  countOf,
  type ExportEntry,
  readExports,
  readImports,
  readIndices,
  readLimits,
  readSections,
  readTypes,
  type Section,
  SECTION,
} from './sections.ts';

/*
 * Rewrites a module so that it pays fuel for each basic block and, where fuel runs below zero and only there,
 * calls one function of the host (METERING section 2, the plain per-block scheme). Nothing is renumbered: what is
 * added is appended to its index space. The module must have passed WebAssembly.validate, so that no instruction
 * of its own can name what is added.
 */

/** Names of what the host needs; no module may export names that begin like this. */
export const METER_EXPORT = {
  /** mutable i64: fuel left of what was granted */
  fuel: 'lull.fuel',
  /** mutable i32: call stack left, in slots */
  stack: 'lull.stack',
  /** funcref table with one place: the slow function */
  slow: 'lull.slow',
  /** the module's own start function, if it had one */
  start: 'lull.start',
} as const;

const PAGE = 65_536;

export interface MeterOptions {
  /** the most memory that the module may have, bytes */
  readonly memoryBytes: number;
}

export interface MeteredModule {
  readonly bytes: Uint8Array;
  readonly hasStart: boolean;
}

/** Thrown when a module needs more memory at its start than it may have. */
export class MemoryLimitError extends Error {
  override readonly name = 'MemoryLimitError';
}

/**
 * @throws {ModuleError} for what Lull does not run, by name
 * @throws {MemoryLimitError}
 */
export function meterModule(module: Uint8Array, options: MeterOptions): MeteredModule {
  if (!WebAssembly.validate(module))
    throw new ModuleError('the module is not valid WebAssembly');
  const sections = readSections(module);
  const body = (id: number): Uint8Array | undefined => bodyOf(sections, id);
  if (body(SECTION.tag) !== undefined)
    throw new ModuleError('the module uses exceptions, which Lull does not run');

  const types = readTypes(body(SECTION.type));
  const imports = readImports(body(SECTION.import));
  const functionTypes = readIndices(body(SECTION.function));
  const exports = readExports(body(SECTION.export));
  if (exports.some(({ name }) => name.startsWith('lull.'))) {
    throw new ModuleError('the module exports names that begin with "lull.": it was metered already');
  }
  const imported = (kind: number): number => imports.filter((entry) => entry.kind === kind).length;

  const extraTypes = new ByteWriter();
  let extraTypeCount = 0;
  const addType = (bytes: ArrayLike<number>): number => {
    extraTypes.raw(bytes);
    return types.length + extraTypeCount++;
  };
  const slowType = addType([0x60, 1, 0x7e, 1, 0x7e]);
  const blockTypes = new Map<string, number>();
  const context: FunctionContext = {
    fuelGlobal: imported(3) + countOf(body(SECTION.global)),
    stackGlobal: imported(3) + countOf(body(SECTION.global)) + 1,
    slowTable: imported(1) + countOf(body(SECTION.table)),
    slowType,
    blockTypeOf(results) {
      const key = Buffer.from(results).toString('hex');
      const known = blockTypes.get(key);
      if (known !== undefined) return known;
      const index = addType([0x60, 0, ...new ByteWriter().u32(results.length).bytes(), ...results]);
      blockTypes.set(key, index);
      return index;
    },
  };

  const code = meterCode(body(SECTION.code), functionTypes, types, context);
  const start = body(SECTION.start);
  const startIndex = start === undefined ? undefined : new ByteReader(start).u32();
  const rewritten = new Map<number, Uint8Array>([
    [SECTION.type, append(body(SECTION.type), extraTypeCount, extraTypes.bytes())],
    [SECTION.table, append(body(SECTION.table), 1, [0x70, 1, 1, 1])],
    [SECTION.global, append(body(SECTION.global), 2, [0x7e, 1, 0x42, 0, 0x0b, 0x7f, 1, 0x41, 0, 0x0b])],
    [SECTION.export, withExports(body(SECTION.export), meterExports(context, startIndex))],
  ]);
  const memory = body(SECTION.memory);
  if (memory !== undefined) rewritten.set(SECTION.memory, boundedMemory(memory, options.memoryBytes));
  if (code !== undefined) rewritten.set(SECTION.code, code);

  const bytes = assemble(sections, rewritten);
  if (!WebAssembly.validate(bytes))
    throw new ModuleError('the module is too large to be metered');
  return { bytes, hasStart: startIndex !== undefined };
}

function meterCode(
  body: Uint8Array | undefined,
  functionTypes: readonly number[],
  types: ReturnType<typeof readTypes>,
  context: FunctionContext,
): Uint8Array | undefined {
  if (body === undefined) return undefined;
  const reader = new ByteReader(body);
  const count = reader.u32();
  const writer = new ByteWriter().u32(count);
  for (let i = 0; i < count; i++) {
    const type = types[functionTypes[i] ?? -1];
    if (type === undefined) throw new ModuleError('the module has a function without a type');
    writer.sized(meterFunction(reader.sub(reader.u32()), type, context));
  }
  return writer.bytes();
}

function append(body: Uint8Array | undefined, count: number, entries: ArrayLike<number>): Uint8Array {
  const reader = new ByteReader(body ?? new Uint8Array([0]));
  const before = reader.u32();
  return new ByteWriter()
    .u32(before + count)
    .raw(reader.take(reader.end - reader.offset))
    .raw(entries)
    .bytes();
}

function meterExports(context: FunctionContext, start: number | undefined): ExportEntry[] {
  const entries: ExportEntry[] = [
    { name: METER_EXPORT.fuel, kind: 3, index: context.fuelGlobal },
    { name: METER_EXPORT.stack, kind: 3, index: context.stackGlobal },
    { name: METER_EXPORT.slow, kind: 1, index: context.slowTable },
  ];
  if (start !== undefined) entries.push({ name: METER_EXPORT.start, kind: 0, index: start });
  return entries;
}

function withExports(body: Uint8Array | undefined, entries: readonly ExportEntry[]): Uint8Array {
  const writer = new ByteWriter();
  for (const { name, kind, index } of entries) writer.name(name).byte(kind).u32(index);
  return append(body, entries.length, writer.bytes());
}

/** Every memory gets a maximum: its own or what is granted, whichever is less, so that growing ends the same everywhere. */
function boundedMemory(body: Uint8Array, memoryBytes: number): Uint8Array {
  const reader = new ByteReader(body);
  const count = reader.u32();
  if (count > 1) throw new ModuleError('the module uses multiple memories, which Lull does not run');
  if (count === 0) return body;
  const { min, max } = readLimits(reader);
  const granted = Math.floor(memoryBytes / PAGE);
  if (min > granted) {
    throw new MemoryLimitError(
      `the module starts with ${min * 64} KiB of memory and may have ${granted * 64} KiB`,
    );
  }
  return new ByteWriter()
    .u32(1)
    .byte(1)
    .u32(min)
    .u32(Math.min(max ?? granted, granted))
    .bytes();
}

/** The order in which sections must stand. */
const ORDER = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.global,
  SECTION.export,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
];

/** Custom sections and the start section are left out: the host calls the start function itself, metered. */
function assemble(sections: readonly Section[], rewritten: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const writer = new ByteWriter().raw([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  for (const id of ORDER) {
    const body = rewritten.get(id) ?? bodyOf(sections, id);
    if (body !== undefined) writer.byte(id).sized(body);
  }
  return writer.bytes();
}
