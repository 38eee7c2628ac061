// SPDX-License-Identifier: MIT
import { skipLocals } from '../../worker/wasm/checker/call-graph.ts';
import { Cursor } from '../../worker/wasm/checker/cursor.ts';
import { OP } from '../../worker/wasm/checker/instruction-set.ts';
import { type ModuleFacts, readFacts } from '../../worker/wasm/checker/module-facts.ts';
import { unsigned } from './wasm-builder.ts';

/*
 * What a mistake in the meter could make of a module: one of its own instructions left out or changed, or one more
 * that touches the counter. Everything else stays byte for byte what it was.
 */

export interface Mutant {
  readonly what: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Instruction {
  readonly at: number;
  readonly end: number;
  /** a letter for what the meter writes, a dot for the rest */
  readonly letter: string;
}

const CODE_SECTION = 10;

/** Leaves out or weakens, one at a time, what the meter wrote: each of these must be missed. */
export function essentialMutants(bytes: Uint8Array): Mutant[] {
  const facts = readFacts(bytes);
  const mutants: Mutant[] = [];
  for (const [index, instructions] of functionsOf(facts, bytes).entries()) {
    const letters = instructions.map(({ letter }) => letter).join('');
    const change = (
      what: string,
      pattern: RegExp,
      alter: (found: Instruction[], copy: Uint8Array<ArrayBuffer>) => void,
    ): void => {
      for (const { index: from, 0: text } of letters.matchAll(pattern)) {
        const copy = new Uint8Array(bytes);
        const found = instructions.slice(from, from + text.length);
        alter(found, copy);
        mutants.push({ what: `function ${index}, byte ${found[0]?.at}: without ${what}`, bytes: copy });
      }
    };
    change('its charge', /[GL]CS/g, ([, constant], copy) => zero(copy, constant));
    change('its check', /GCZIPE|LCZILgLkXTgE/g, remove);
    change('its check after a charge', /TgLCZIPE|TCZILgLkXTgE/g, (found, copy) => {
      const keepsGlobal = found[1]?.letter === 'g';
      const [tee] = found;
      if (tee === undefined) return;
      if (keepsGlobal) return remove(found.slice(2), copy);
      copy[tee.at] = OP.localSet;
      remove(found.slice(1), copy);
    });
    change('its way to the slow call', /LCZB/g, remove);
    change('its guard', /(?<=uk)</g, ([comparison], copy) => {
      if (comparison !== undefined) copy[comparison.at] = OP.i32Ne;
    });
    change('the remainder in its guard', /R/g, ([remainder], copy) => {
      if (remainder !== undefined) copy[remainder.at] = OP.i32And;
    });
  }
  return mutants;
}

/** Puts instructions that a meter never writes at every place of every function of the module's own. */
export function intrudedMutants(bytes: Uint8Array, every = 1): Mutant[] {
  const facts = readFacts(bytes);
  const counter = unsigned(facts.counter);
  const depth = unsigned(facts.depth);
  const table = unsigned(facts.slowTable);
  const intruders: readonly (readonly [string, readonly number[]])[] = [
    ['sets the counter', [OP.i64Const, 5, OP.globalSet, ...counter]],
    [
      'raises the counter',
      [OP.globalGet, ...counter, OP.i64Const, 0x70, OP.i64Sub, OP.globalSet, ...counter],
    ],
    ['adds to the counter', [OP.globalGet, ...counter, OP.i64Const, 5, 0x7c, OP.globalSet, ...counter]],
    ['reads the counter', [OP.globalGet, ...counter, OP.drop]],
    ['sets the depth', [OP.i32Const, 0, OP.globalSet, ...depth]],
    ['reads the slow table', [OP.i32Const, 0, OP.tableGet, ...table, OP.drop]],
    ['empties the slow table', [OP.i32Const, 0, 0xd0, 0x70, OP.tableSet, ...table]],
  ];
  const mutants: Mutant[] = [];
  for (const [index, instructions] of functionsOf(facts, bytes).entries()) {
    for (const [number, { at }] of instructions.entries()) {
      if (number % every !== 0) continue;
      for (const [what, code] of intruders)
        mutants.push({
          what: `function ${index}, byte ${at}: ${what}`,
          bytes: inserted(bytes, facts, index, at, code),
        });
    }
  }
  return mutants;
}

function functionsOf(facts: ModuleFacts, bytes: Uint8Array): Instruction[][] {
  return [...facts.bodyStart].map((start, index) => {
    const cursor = new Cursor(bytes, start, facts.bodyEnd[index]);
    skipLocals(cursor);
    const raw: { at: number; end: number; opcode: number; operand: number }[] = [];
    while (cursor.position < cursor.end) {
      const at = cursor.position;
      const opcode = cursor.byte();
      const operandAt = cursor.position;
      cursor.skipImmediates(opcode);
      const { position } = cursor;
      cursor.position = operandAt;
      const hasOperand = position > operandAt && opcode >= 0x0c && opcode <= 0x24;
      raw.push({ at, end: position, opcode, operand: hasOperand ? cursor.u32() : -1 });
      cursor.position = position;
    }
    const local = counterLocal(raw, facts);
    const pause = pauseFunction(facts, bytes);
    return raw.map(({ at, end, opcode, operand }) => ({
      at,
      end,
      letter: letterOf(opcode, operand, { counter: facts.counter, local, pause }),
    }));
  });
}

/** The first that is set to the counter, or to it less a charge. */
function counterLocal(
  raw: readonly { readonly opcode: number; readonly operand: number }[],
  facts: ModuleFacts,
): number {
  for (const [at, { opcode, operand }] of raw.entries()) {
    if (opcode !== OP.globalGet || operand !== facts.counter) continue;
    const next = raw[at + 1];
    if (next?.opcode === OP.localSet) return next.operand;
    const after = raw[at + 3];
    if (next?.opcode === OP.i64Const && after?.opcode === OP.localTee) return after.operand;
  }
  return -1;
}

/** The first function of all that calls the slow function with the counter. */
function pauseFunction(facts: ModuleFacts, bytes: Uint8Array): number {
  const body = [0, OP.globalGet, ...unsigned(facts.counter), OP.i32Const, 0, OP.callIndirect];
  const defined = [...facts.bodyStart].findIndex((start) =>
    body.every((byte, offset) => bytes[start + offset] === byte),
  );
  return defined + facts.importedFunctions;
}

function letterOf(
  opcode: number,
  operand: number,
  known: { readonly counter: number; readonly local: number; readonly pause: number },
): string {
  const isCounter = operand === known.counter;
  const isLocal = operand === known.local;
  switch (opcode) {
    case OP.globalGet:
      return isCounter ? 'G' : '.';
    case OP.globalSet:
      return isCounter ? 'g' : '.';
    case OP.localGet:
      return isLocal ? 'L' : '.';
    case OP.localSet:
      return isLocal ? 'l' : '.';
    case OP.localTee:
      return isLocal ? 'T' : '.';
    case OP.call:
      return operand === known.pause ? 'P' : '.';
    case OP.brIf:
      return operand === 1 ? 'B' : '.';
    default:
      return LETTERS.get(opcode) ?? '.';
  }
}

const LETTERS: ReadonlyMap<number, string> = new Map([
  [OP.i64Const, 'C'],
  [OP.i64Sub, 'S'],
  [OP.i64LtS, 'Z'],
  [OP.if, 'I'],
  [OP.end, 'E'],
  [OP.i32Const, 'k'],
  [OP.i32Sub, 'u'],
  [OP.i32LtU, '<'],
  [OP.i32RemU, 'R'],
  [OP.callIndirect, 'X'],
]);

function remove(found: readonly Instruction[], copy: Uint8Array): void {
  for (const { at, end } of found) copy.fill(OP.nop, at, end);
}

/** A constant of the same length that is 0. */
function zero(copy: Uint8Array, constant: Instruction | undefined): void {
  if (constant === undefined) return;
  copy.fill(0x80, constant.at + 1, constant.end);
  copy[constant.end - 1] = 0;
}

/** The module with more instructions in one of its bodies: sizes are written anew. */
function inserted(
  bytes: Uint8Array,
  facts: ModuleFacts,
  index: number,
  at: number,
  code: readonly number[],
): Uint8Array<ArrayBuffer> {
  const cursor = new Cursor(bytes, 8);
  for (;;) {
    const sectionAt = cursor.position;
    const id = cursor.byte();
    const size = cursor.u32();
    const start = cursor.position;
    if (id !== CODE_SECTION) {
      cursor.position = start + size;
      continue;
    }
    const bodies = [...facts.bodyStart].flatMap((from, body) => {
      const end = facts.bodyEnd[body] ?? 0;
      if (body !== index) return [...unsigned(end - from), ...bytes.subarray(from, end)];
      return [
        ...unsigned(end - from + code.length),
        ...bytes.subarray(from, at),
        ...code,
        ...bytes.subarray(at, end),
      ];
    });
    const payload = [...unsigned(facts.bodyStart.length), ...bodies];
    return Uint8Array.from([
      ...bytes.subarray(0, sectionAt),
      CODE_SECTION,
      ...unsigned(payload.length),
      ...payload,
      ...bytes.subarray(start + size),
    ]);
  }
}
