// SPDX-License-Identifier: MIT
import { ByteReader } from '../../../worker/wasm/byte-reader.ts';
import { ByteWriter } from '../../../worker/wasm/byte-writer.ts';
import type { MeteredModule } from '../../../worker/wasm/meter/meter.ts';
import { METER_EXPORT, METER_SECTION } from '../../../worker/wasm/meter/meter-names.ts';
import {
  type ModuleShape,
  readModule,
  SECTION,
  type TableShape,
} from '../../../worker/wasm/module-reader.ts';
import { I32, I64 } from '../../../worker/wasm/value-types.ts';
import { type MeterIndices, OracleFunction } from './oracle-function.ts';

const FUNCREF = 0x70;
const MOST_PAGES = 65_536;
const MOST_GROWN_ENTRIES = 100_000;

/**
 * The meter without any trick (METERING.md, variant bbG): what the real one must agree with, in results and in fuel.
 * It trusts the module, and gives it the memory that it asks for.
 */
export function oracleMeter(original: Uint8Array<ArrayBuffer>, mostMemoryPages = MOST_PAGES): MeteredModule {
  const shape = readModule(original);
  const mostPages =
    shape.memory === undefined ? 0 : Math.min(shape.memory.max ?? mostMemoryPages, mostMemoryPages);
  return {
    bytes: rewrite(shape, mostPages),
    shape,
    hasStart: shape.start !== undefined,
    mostPages,
    checkpoint: { refused: 'The oracle makes no checkpoints.' },
  };
}

function rewrite(shape: ModuleShape, mostPages: number): Uint8Array<ArrayBuffer> {
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

  section(SECTION.custom, shape.dynamicLinking);
  section(SECTION.type, appended(SECTION.type, 1, (add) => add.u8(0x60, 1, I64, 1, I64)).written);
  section(SECTION.import, old.get(SECTION.import));
  section(SECTION.function, old.get(SECTION.function));
  section(SECTION.table, writeTables(shape.tables.slice(shape.importedTables)));
  if (shape.memory !== undefined)
    section(SECTION.memory, new ByteWriter().u8(1, 1).u32(shape.memory.initial).u32(mostPages).written);
  section(SECTION.tag, old.get(SECTION.tag));
  section(
    SECTION.global,
    appended(SECTION.global, 2, (add) => add.u8(I64, 1, 0x42, 0, 0x0b, I32, 1, 0x41, 0, 0x0b)).written,
  );
  section(
    SECTION.export,
    appended(SECTION.export, shape.start === undefined ? 3 : 4, (add) => {
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
  section(SECTION.custom, new ByteWriter().text(METER_SECTION).u32(0).written);
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
  const meter = new OracleFunction(indices);
  const out = new ByteWriter(code.length * 2 + 64).u32(count);
  for (const type of shape.functions) out.sized(meter.rewrite(reader.part(reader.u32()), type));
  return out.written;
}
