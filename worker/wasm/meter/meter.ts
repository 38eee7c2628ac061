// SPDX-License-Identifier: MIT
import { InvalidModule } from '../byte-reader.ts';
import { type ModuleShape, readModule, type TableShape } from '../module-reader.ts';
import { refuse } from '../value-types.ts';
import { Breath } from './breath.ts';
import { type Checkpointable, checkpointable } from './checkpointable.ts';
import { METER_PREFIX } from './meter-names.ts';
import { rewrite } from './rewrite.ts';
import { scanCode } from './scan.ts';

const PAGE_BYTES = 65_536;
/** Tables take memory of the host: this many entries are enough for the largest programs. */
const MOST_TABLES = 100;
const MOST_TABLE_ENTRIES = 1_000_000;

export interface MeterLimits {
  /** the module's own size, bytes */
  readonly moduleBytes: number;
  /** its memory, bytes */
  readonly memoryBytes: number;
  /** called after every 64 KiB of code or so; may sleep, or throw to end the work */
  readonly breathe?: () => void;
}

export interface MeteredModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** the module as it was */
  readonly shape: ModuleShape;
  /** whether `METER_EXPORT.start` is to be called before anything else */
  readonly hasStart: boolean;
  /** pages that its memory can ever have; 0 without a memory of its own */
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
  const breath = new Breath(limits.breathe ?? (() => undefined));
  const code = scanCode(shape, breath);
  const checkpoint = checkpointable(shape, code.used);
  const globals = 'globals' in checkpoint ? checkpoint.globals : [];
  const bytes = rewrite({ shape, code, mostPages, globals, breath });
  if (!WebAssembly.validate(bytes))
    throw new InvalidModule('The module is too large once it is metered: make its functions smaller.');
  return {
    bytes,
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
