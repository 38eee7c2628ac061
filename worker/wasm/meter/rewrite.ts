// SPDX-License-Identifier: MIT
import { ByteReader, InvalidModule } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { METER_VERSION } from '../cost-table.ts';
import { type ModuleShape, SECTION, type TableShape } from '../module-reader.ts';
import { DEPTH_LIMIT } from '../slow-codes.ts';
import { I32, I64 } from '../value-types.ts';
import { AppendedFunctions, helperType, NOTHING_TYPE, SLOW_TYPE } from './appended-functions.ts';
import { BranchHints } from './branch-hints.ts';
import type { Breath } from './breath.ts';
import type { MutableGlobal } from './checkpointable.ts';
import type { MeterIndices } from './fuel-code.ts';
import { FunctionWriter } from './function-writer.ts';
import { METER_EXPORT, METER_SECTION } from './meter-names.ts';
import { type MeterPlan, planMeter } from './meter-plan.ts';
import { NewTypes } from './new-types.ts';
import type { ScannedCode } from './scan.ts';

const FUNCREF = 0x70;
/** Tables take memory of the host: this many entries are enough for the largest programs. */
const MOST_GROWN_ENTRIES = 100_000;
/** What V8 takes of one function. */
const MOST_FUNCTION_BYTES = 7_654_321;
const MOST_LOCALS = 50_000;
const NEW_LOCALS = 4;

export interface RewriteParts {
  readonly shape: ModuleShape;
  readonly code: ScannedCode;
  /** what the module's memory may have at most */
  readonly mostPages: number;
  readonly globals: readonly MutableGlobal[];
  readonly breath: Breath;
}

/**
 * Puts the metered module together. Everything that is added stands at the end of its index space: so no index of
 * the original changes.
 * @throws {InvalidModule} when a function is too large for what is added to it
 */
export function rewrite({ shape, code, mostPages, globals, breath }: RewriteParts): Uint8Array<ArrayBuffer> {
  const plan = planMeter(shape, code, breath);
  const functions = shape.imports.length + shape.functions.length;
  const types = new NewTypes(shape.types.length);
  const indices: MeterIndices = {
    slowType: types.indexOf(SLOW_TYPE),
    slowTable: shape.tables.length,
    fuelGlobal: shape.globals.length,
    depthGlobal: shape.globals.length + 1,
    pauseFunction: functions,
    tooDeepFunction: functions + 1,
    firstHelper: functions + 2,
  };
  const tableTypes = shape.tables.map(({ type }) => type);
  const nothing = types.indexOf(NOTHING_TYPE);
  const newFunctions = [
    nothing,
    nothing,
    ...code.bulk.all.map((one) => types.indexOf(helperType(one, tableTypes))),
  ];
  const hints = new BranchHints();
  const newCode = writeCode({ shape, code, plan, breath, hints }, indices, types);

  const old = shape.sections;
  const out = new ByteWriter(newCode.length + 65_536 + (old.get(SECTION.data)?.length ?? 0));
  const section = (id: number, payload: Uint8Array | undefined): void => {
    if (payload !== undefined) out.u8(id).sized(payload);
  };
  const appended = (id: number, count: number, entries: (out: ByteWriter) => void): void => {
    const reader = new ByteReader(old.get(id) ?? Uint8Array.of(0));
    const all = new ByteWriter().u32(reader.u32() + count).raw(reader.rest());
    entries(all);
    section(id, all.written);
  };

  out.u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  // A module that is linked at run time says so in its first section.
  section(SECTION.custom, shape.dynamicLinking);
  appended(SECTION.type, types.count, (add) => add.raw(types.entries));
  section(SECTION.import, old.get(SECTION.import));
  appended(SECTION.function, newFunctions.length, (add) => newFunctions.forEach((type) => add.u32(type)));
  section(SECTION.table, tables(shape.tables.slice(shape.importedTables)));
  if (shape.memory !== undefined)
    section(SECTION.memory, new ByteWriter().u8(1, 1).u32(shape.memory.initial).u32(mostPages).written);
  section(SECTION.tag, old.get(SECTION.tag));
  appended(SECTION.global, 2, (add) => add.u8(I64, 1, 0x42, 0, 0x0b, I32, 1, 0x41, 0, 0x0b));
  appended(SECTION.export, (shape.start === undefined ? 4 : 5) + globals.length, (add) => {
    for (const { index, name } of globals) add.text(name).u8(3).u32(index);
    add.text(METER_EXPORT.fuel).u8(3).u32(indices.fuelGlobal);
    add.text(METER_EXPORT.depth).u8(3).u32(indices.depthGlobal);
    add.text(METER_EXPORT.slow).u8(1).u32(indices.slowTable);
    add.text(METER_EXPORT.pause).u8(0).u32(indices.pauseFunction);
    if (shape.start !== undefined) add.text(METER_EXPORT.start).u8(0).u32(shape.start);
  });
  section(SECTION.element, old.get(SECTION.element));
  section(SECTION.dataCount, old.get(SECTION.dataCount));
  section(SECTION.custom, hints.section);
  section(SECTION.code, newCode);
  section(SECTION.data, old.get(SECTION.data));
  section(SECTION.custom, new ByteWriter().text(METER_SECTION).u32(METER_VERSION).written);
  return new Uint8Array(out.written);
}

function tables(own: readonly TableShape[]): Uint8Array {
  const out = new ByteWriter().u32(own.length + 1);
  for (const { type, initial, max } of own) {
    const clamped = Math.min(max ?? Infinity, Math.max(initial, MOST_GROWN_ENTRIES));
    out.u8(type, 1).u32(initial).u32(clamped);
  }
  return out.u8(FUNCREF, 1, 1, 1).written;
}

interface CodeParts extends Pick<RewriteParts, 'shape' | 'code' | 'breath'> {
  readonly plan: MeterPlan;
  readonly hints: BranchHints;
}

function writeCode(
  { shape, code, plan, breath, hints }: CodeParts,
  indices: MeterIndices,
  types: NewTypes,
): Uint8Array {
  const out = new ByteWriter(code.bytes.length * 1.5 + 4096);
  const { all: bulk } = code.bulk;
  out.u32(code.functions.length + 2 + bulk.length);
  const writer = new FunctionWriter({
    code,
    indices,
    hints,
    blockTypeOf: types.blockType,
    depthLimit: depthLimit(plan.graph.uncountedPlaces),
  });
  const catchesMatter = plan.graph.groups.some(({ isCircle }) => isCircle);
  for (const [at, scanned] of code.functions.entries()) {
    const before = out.length;
    const index = shape.imports.length + at;
    if (plan.isSilent(index)) {
      out.u32(scanned.end - scanned.declared).copy(code.bytes, scanned.declared, scanned.end);
    } else {
      const savesDepth = catchesMatter && scanned.catches;
      hints.endFunction(index, writer.write(scanned, plan.places(index), savesDepth, out));
    }
    breath.after(scanned);
    if (out.length - before > MOST_FUNCTION_BYTES || scanned.localCount + NEW_LOCALS > MOST_LOCALS)
      throw new InvalidModule('A function of the module is too large once it is metered: split it.');
  }
  const added = new AppendedFunctions(indices);
  out.sized(added.pause()).sized(added.tooDeep());
  for (const instruction of bulk) out.sized(added.helper(instruction));
  return out.written;
}

/** Frames that are not counted have their place too. */
function depthLimit(uncountedPlaces: number): number {
  if (uncountedPlaces > DEPTH_LIMIT / 2)
    throw new InvalidModule('The frames of the module are too large for any stack: use fewer locals.');
  return DEPTH_LIMIT - uncountedPlaces;
}
