// SPDX-License-Identifier: MIT
import type { ModuleShape } from '../module-reader.ts';

/** A mutable numeric global, which the meter exports so that a checkpoint can keep it. */
export interface MutableGlobal {
  readonly index: number;
  /** what the meter exports it as */
  readonly name: string;
  readonly type: 'i32' | 'i64' | 'f32' | 'f64';
}

/** What of a module a checkpoint must keep besides its memory, or one sentence why there can be none. */
export type Checkpointable = { readonly globals: readonly MutableGlobal[] } | { readonly refused: string };

const NUMERIC: Readonly<Record<number, MutableGlobal['type']>> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
};

/** Instructions that change what JavaScript cannot see: tables, and whether a segment was dropped. */
const HIDDEN_STATE: ReadonlyMap<number, string> = new Map([
  [0x26, 'table.set'],
  [0xfc09, 'data.drop'],
  [0xfc0c, 'table.init'],
  [0xfc0d, 'elem.drop'],
  [0xfc0e, 'table.copy'],
  [0xfc0f, 'table.grow'],
  [0xfc11, 'table.fill'],
]);

/** A checkpoint keeps each by itself; compilers make a handful. */
const MOST_GLOBALS = 1000;

/**
 * Finds out whether memory and numeric globals are all of a module's state.
 * @param used the instructions of tables and segments that it has
 */
export function checkpointable(shape: ModuleShape, used: ReadonlySet<number>): Checkpointable {
  const [imported] = shape.otherImports;
  if (imported !== undefined) return refusal(`imports the ${imported.kind} "${imported.name}"`);
  const globals: MutableGlobal[] = [];
  for (const [index, { type, mutable }] of shape.globals.entries()) {
    if (!mutable) continue;
    const numeric = NUMERIC[type];
    if (numeric === undefined)
      return refusal(
        'has a mutable global that holds a reference or a vector, which nothing outside can read',
      );
    globals.push({ index, name: `lull:global:${index}`, type: numeric });
  }
  if (globals.length > MOST_GLOBALS) return refusal(`has more than ${MOST_GLOBALS} mutable globals`);
  for (const [opcode, instruction] of HIDDEN_STATE)
    if (used.has(opcode)) return refusal(`uses ${instruction}, which changes what nothing outside can read`);
  return { globals };
}

const refusal = (why: string): { refused: string } => ({
  refused: `No checkpoints are made of this module: it ${why}.`,
});
