// SPDX-License-Identifier: MIT
import { op, unsigned } from './wasm-builder.ts';
import { ENDLESS, FINISH, steppedModule } from './wasm-stepped.ts';

/*
 * Modules made to harm the computer that runs them: each is a stepped module whose first step does its worst.
 */

const I32 = 0x7f;
/** V8 takes 50,000 in one function; the meter needs a few. */
const MOST_LOCALS = 49_990;

function repeated(count: number, each: (i: number) => readonly number[]): number[] {
  const all: number[] = [];
  for (let i = 0; i < count; i++) for (const byte of each(i)) all.push(byte);
  return all;
}

/** A whole code section whose functions are those of a stepped module, with this body for the step. */
function withStepBody(locals: readonly number[], body: readonly number[]): Uint8Array<ArrayBuffer> {
  const sized = (bytes: readonly number[]): number[] => unsigned(bytes.length).concat(bytes);
  const bodies = [
    sized([0, ...op.i32(4096), 0x0b]),
    sized([0, 0x0b]),
    sized(locals.concat(body, 0x0b)),
    sized([0, ...op.i32(1024), 0x0b]),
    sized([0, ...op.i32(4), 0x0b]),
  ];
  return steppedModule(FINISH, { sections: { 10: unsigned(bodies.length).concat(...bodies) } });
}

const NO_LOCALS = [0];
const ONE_LOCAL = [1, 1, I32];

/** Blocks in blocks in blocks. */
export const nestedBlocks = (depth: number): Uint8Array<ArrayBuffer> =>
  withStepBody(
    NO_LOCALS,
    repeated(depth, () => [0x02, 0x40]).concat(
      repeated(depth, () => [0x0b]),
      FINISH,
    ),
  );

/** One jump with so many targets. */
export const hugeJumpTable = (targets: number): Uint8Array<ArrayBuffer> =>
  withStepBody(
    NO_LOCALS,
    [0x02, 0x40, 0x02, 0x40, ...op.i32(7), 0x0e, ...unsigned(targets)].concat(
      repeated(targets, (i) => [i & 1]),
      [0, 0x0b, 0x0b],
      FINISH,
    ),
  );

/** One function of many small loops, one after the other: V8 takes seconds for thousands, minutes for ten thousand. */
export const manyLoops = (count: number): Uint8Array<ArrayBuffer> =>
  withStepBody(
    ONE_LOCAL,
    repeated(count, () => [
      ...[0x03, 0x40, ...op.get(0), ...op.i32(3), ...op.add],
      ...[...op.tee(0), ...op.brIf(0), 0x0b],
    ]).concat(FINISH),
  );

/** One function with all the locals there may be, and branches: V8 takes memory for each local at each of them. */
export const manyLocals = (branches: number): Uint8Array<ArrayBuffer> =>
  withStepBody(
    [1, ...unsigned(MOST_LOCALS), I32],
    repeated(branches, (i) => [
      ...op.get(0),
      0x04,
      0x40,
      ...op.get(0),
      ...op.set(1 + (i % 40_000)),
      0x0b,
    ]).concat(FINISH),
  );

/** One straight function of arithmetic. */
export const longFunction = (operations: number): Uint8Array<ArrayBuffer> =>
  withStepBody(
    ONE_LOCAL,
    repeated(operations, () => [
      ...op.get(0),
      ...op.i32(7),
      ...op.mul,
      ...op.get(0),
      ...op.xor,
      ...op.set(0),
    ]).concat(FINISH),
  );

/** So many functions that nobody calls. */
export const manyFunctions = (count: number): Uint8Array<ArrayBuffer> =>
  steppedModule(FINISH, { functions: Array.from({ length: count }, () => ({ body: [] })) });

/** Asks for ever for more of a table. */
export const growingTable = (): Uint8Array<ArrayBuffer> =>
  steppedModule(
    [
      ...op.loop(0xd0, 0x70, ...op.i32(100_000), 0xfc, 0x0f, 0x00, ...op.drop, ...op.br(0)),
      ...op.unreachable,
    ],
    { sections: { 4: [1, 0x70, 0x00, 0x00] } },
  );

/** Declares many tables of as many entries as there may be. */
export const hugeTables = (count: number): Uint8Array<ArrayBuffer> =>
  steppedModule(FINISH, {
    sections: { 4: [...unsigned(count), ...repeated(count, () => [0x70, 0x00, ...unsigned(10_000_000)])] },
  });

/** Asks for ever for more memory, page by page. */
export const growingMemory = (): Uint8Array<ArrayBuffer> =>
  steppedModule([...op.loop(...op.i32(1), ...op.grow, ...op.drop, ...op.br(0)), ...op.unreachable]);

/** Has so many bytes of data, and is as large. */
export function muchData(bytes: number): Uint8Array<ArrayBuffer> {
  const pages = Math.ceil(bytes / 65_536);
  const head = steppedModule(FINISH, { memory: [pages, pages] });
  // One active segment at the beginning of the memory.
  const before = [1, 0, ...op.i32(0), 0x0b, ...unsigned(bytes)];
  const section = [11, ...unsigned(before.length + bytes), ...before];
  const whole = new Uint8Array(head.length + section.length + bytes);
  whole.set(head);
  whole.set(section, head.length);
  whole.fill(0x5a, head.length + section.length);
  return whole;
}

/** Never comes to its first step: its start function does not end. */
export const endlessStart = (): Uint8Array<ArrayBuffer> =>
  steppedModule(FINISH, { functions: [{ body: ENDLESS }], start: 5 });

/** Fails in its start function. */
export const trapInStart = (): Uint8Array<ArrayBuffer> =>
  steppedModule(FINISH, { functions: [{ body: op.unreachable }], start: 5 });
