// SPDX-License-Identifier: MIT
import { ByteReader, InvalidModule } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { type Checkpointable, checkpointable, type MutableGlobal } from './checkpointable.ts';
import { METER_VERSION } from './cost-table.ts';
import { FunctionMeter, type MeterIndices } from './meter-function.ts';
import { type ModuleShape, readModule, SECTION, type TableShape } from './module-reader.ts';
import { I32, I64, refuse } from './value-types.ts';

/** Exports that the meter adds. No module may have names like these: it would have been rewritten already. */
export const METER_EXPORT = {
  fuel: 'lull:fuel',
  depth: 'lull:depth',
  slow: 'lull:slow',
  start: 'lull:start',
} as const;
const METER_PREFIX = 'lull:';
const PAGE_BYTES = 65_536;
const FUNCREF = 0x70;
/** Tables take memory of the host: this many entries are enough for the largest programs. */
const MOST_TABLES = 100;
const MOST_TABLE_ENTRIES = 1_000_000;
const MOST_GROWN_ENTRIES = 100_000;

export interface MeterLimits {
  /** the module's own size, bytes */
  readonly moduleBytes: number;
  /** its memory, bytes */
  readonly memoryBytes: number;
}

export interface MeteredModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** the module as it was */
  readonly shape: ModuleShape;
  /** whether `METER_EXPORT.start` is to be called before anything else */
  readonly hasStart: boolean;
  /** pages that its memory can ever have; 0 without a memory */
  readonly mostPages: number;
  readonly checkpoint: Checkpointable;
}

/** The module needs more memory to begin with than the task may use. */
export class TooMuchMemory extends Error {
  override readonly name = 'TooMuchMemory';
}

/**
 * Rewrites a module so that it counts its own fuel.
 * @throws {InvalidModule} naming what is wrong or refused
 * @throws {TooMuchMemory}
 */
export function meterModule(original: Uint8Array<ArrayBuffer>, limits: MeterLimits): MeteredModule {
  if (original.length > limits.moduleBytes)
    throw new InvalidModule(
      `The module has ${original.length} bytes, more than the ${limits.moduleBytes} allowed.`,
    );
  const shape = readModule(original);
  refuseRewritten(shape);
  // Only of a valid module is it certain that it can name nothing that is appended to it.
  if (!WebAssembly.validate(original)) throw new InvalidModule('The module is not valid WebAssembly.');
  refuseLargeTables(shape.tables);
  const mostPages = clampMemory(shape, limits.memoryBytes);
  const checkpoint = checkpointable(shape);
  const globals = 'globals' in checkpoint ? checkpoint.globals : [];
  return {
    bytes: rewrite(shape, mostPages, globals),
    shape,
    hasStart: shape.start !== undefined,
    mostPages,
    checkpoint,
  };
}

function refuseRewritten(shape: ModuleShape): void {
  const names = [...shape.exports.map(({ name }) => name), ...shape.customNames];
  if (names.some((name) => name.startsWith(METER_PREFIX)))
    throw new InvalidModule('The module has been metered before: submit it as the compiler made it.');
}

function refuseLargeTables(tables: readonly TableShape[]): void {
  const entries = tables.reduce((sum, table) => sum + table.initial, 0);
  if (tables.length > MOST_TABLES || entries > MOST_TABLE_ENTRIES)
    refuse(`more than ${MOST_TABLES} tables or ${MOST_TABLE_ENTRIES} table entries`);
}

function clampMemory({ memory }: ModuleShape, memoryBytes: number): number {
  if (memory === undefined) return 0;
  const allowed = Math.floor(memoryBytes / PAGE_BYTES);
  if (memory.initial > allowed) {
    const needed = memory.initial * PAGE_BYTES;
    throw new TooMuchMemory(
      `The module needs ${needed} bytes of memory to begin with; it may use ${memoryBytes}.`,
    );
  }
  return Math.min(memory.max ?? allowed, allowed, PAGE_BYTES);
}

function rewrite(
  shape: ModuleShape,
  mostPages: number,
  globals: readonly MutableGlobal[],
): Uint8Array<ArrayBuffer> {
  const indices: MeterIndices = {
    importedFunctions: shape.imports.length,
    slowType: shape.types.length,
    slowTable: shape.tables.length,
    fuelGlobal: shape.globals.length,
    depthGlobal: shape.globals.length + 1,
  };
  const old = shape.sections;
  const appended = (id: number, added: number, add: (out: ByteWriter) => void): ByteWriter => {
    const reader = new ByteReader(old.get(id) ?? Uint8Array.of(0));
    const count = reader.u32();
    const out = new ByteWriter().u32(count + added).raw(reader.rest());
    add(out);
    return out;
  };
  const out = new ByteWriter((old.get(SECTION.code)?.length ?? 0) * 2 + 4096);
  out.u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const section = (id: number, payload: Uint8Array | undefined): void => {
    if (payload !== undefined) out.u8(id).sized(payload);
  };

  section(SECTION.type, appended(SECTION.type, 1, (add) => add.u8(0x60, 1, I64, 1, I64)).written);
  section(SECTION.import, old.get(SECTION.import));
  section(SECTION.function, old.get(SECTION.function));
  section(SECTION.table, writeTables(shape.tables));
  if (shape.memory !== undefined)
    section(SECTION.memory, new ByteWriter().u8(1, 1).u32(shape.memory.initial).u32(mostPages).written);
  section(SECTION.tag, old.get(SECTION.tag));
  section(
    SECTION.global,
    appended(SECTION.global, 2, (add) => add.u8(I64, 1, 0x42, 0, 0x0b, I32, 1, 0x41, 0, 0x0b)).written,
  );
  section(
    SECTION.export,
    appended(SECTION.export, (shape.start === undefined ? 3 : 4) + globals.length, (add) => {
      for (const { index, name } of globals) add.text(name).u8(3).u32(index);
      add.text(METER_EXPORT.fuel).u8(3).u32(indices.fuelGlobal);
      add.text(METER_EXPORT.depth).u8(3).u32(indices.depthGlobal);
      add.text(METER_EXPORT.slow).u8(1).u32(indices.slowTable);
      if (shape.start !== undefined) add.text(METER_EXPORT.start).u8(0).u32(shape.start);
    }).written,
  );
  section(SECTION.element, old.get(SECTION.element));
  section(SECTION.dataCount, old.get(SECTION.dataCount));
  section(SECTION.code, old.has(SECTION.code) ? meterCode(shape, indices) : undefined);
  section(SECTION.data, old.get(SECTION.data));
  section(SECTION.custom, new ByteWriter().text(`${METER_PREFIX}meter`).u32(METER_VERSION).written);
  return new Uint8Array(out.written);
}

function writeTables(tables: readonly TableShape[]): Uint8Array {
  const out = new ByteWriter().u32(tables.length + 1);
  for (const { type, initial, max } of tables) {
    const clamped = Math.min(max ?? Infinity, Math.max(initial, MOST_GROWN_ENTRIES));
    out.u8(type, 1).u32(initial).u32(clamped);
  }
  return out.u8(FUNCREF, 1, 1, 1).written;
}

function meterCode(shape: ModuleShape, indices: MeterIndices): Uint8Array {
  const code = shape.sections.get(SECTION.code) ?? new Uint8Array();
  const reader = new ByteReader(code);
  const count = reader.u32();
  const meter = new FunctionMeter(indices);
  const out = new ByteWriter(code.length * 2 + 64).u32(count);
  for (const type of shape.functions) out.sized(meter.rewrite(reader.part(reader.u32()), type));
  return out.written;
}
