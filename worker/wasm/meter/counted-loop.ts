// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import { Decoder } from './decode.ts';
import { type Events, FLAG } from './events.ts';

/** Fuel that one run of an uninterrupted loop may burn: no pause is later than that. */
const MOST_UNITS = 2 ** 20;
/** Where a round costs more than this, the check that could be saved is nothing beside it. */
const MOST_UNITS_A_ROUND = 256;
const MOST_INSTRUCTIONS = 512;
const MOST_STEP = 2 ** 16;
const MOST_INT32 = 2 ** 31 - 1;

/**
 * A loop without branches whose number of rounds is known before it begins: it adds `step` to the local `counter`
 * and goes on while the counter is not equal to, or still below or above, the limit.
 */
export interface CountedLoop {
  readonly counter: number;
  readonly step: number;
  readonly limit: Operand;
  /** the comparison `counter ? limit` that keeps it going; undefined for "not equal" */
  readonly ordered: number | undefined;
  /** what `|limit - counter|` may be at most before the loop */
  readonly mostDistance: number;
  /** behind its last instruction, the `br_if` */
  readonly end: number;
}

export interface Operand {
  readonly kind: 'local' | 'constant';
  /** the local's index, the constant */
  readonly value: number;
}

interface Instruction {
  readonly opcode: number;
  readonly value: number;
}

const MIRRORED: ReadonlyMap<number, number> = new Map([
  [OP.i32Ne, OP.i32Ne],
  [OP.i32LtS, OP.i32GtS],
  [OP.i32LtU, OP.i32GtU],
  [OP.i32GtS, OP.i32LtS],
  [OP.i32GtU, OP.i32LtU],
]);

/**
 * Recognises a counted loop.
 * @param loop the event that opens it, in which nothing touches the fuel
 * @param units what one round costs
 */
export function countedLoop(events: Events, bytes: Uint8Array, loop: number): CountedLoop | undefined {
  let last = loop + 1;
  while (events.opcode(last) === OP.call) last++;
  const isStraight =
    events.opcode(last) === OP.brIf && events.argument(last) === 0 && events.opcode(last + 1) === OP.end;
  const end = events.end(last);
  if (!isStraight || events.start(last + 1) !== end || events.has(loop, FLAG.hasParameters)) return undefined;
  const units = events.charge(loop + 1);
  if (units < 1 || units > MOST_UNITS_A_ROUND) return undefined;
  const body = readBody(bytes, events.end(loop), events.start(last));
  const shape = body === undefined ? undefined : new Matcher(body).match();
  if (shape === undefined) return undefined;
  const step = Math.abs(shape.step);
  const mostRounds = Math.min(Math.floor(MOST_UNITS / units), Math.floor(MOST_INT32 / step));
  return { ...shape, mostDistance: step * mostRounds, end };
}

function readBody(bytes: Uint8Array, start: number, end: number): Instruction[] | undefined {
  const decoder = new Decoder(bytes, start);
  const body: Instruction[] = [];
  while (decoder.end < end) {
    const opcode = decoder.next();
    const looksAtTable = opcode >= 0xfc08 && opcode < 0xfd00;
    if (looksAtTable || body.length === MOST_INSTRUCTIONS) return undefined;
    body.push({ opcode, value: valueOf(opcode, decoder) });
  }
  return body;
}

function valueOf(opcode: number, decoder: Decoder): number {
  switch (opcode) {
    case OP.localGet:
    case OP.localSet:
    case OP.localTee:
      return decoder.numberBehind(decoder.start);
    case OP.i32Const:
      return decoder.signedBehind(decoder.start);
    default:
      return 0;
  }
}

/** An operand of the last comparison: where in the body it begins, and where it is read. */
interface Found extends Operand {
  readonly start: number;
  readonly read: number;
}

type Shape = Omit<CountedLoop, 'mostDistance' | 'end'>;

class Matcher {
  readonly #body: readonly Instruction[];

  constructor(body: readonly Instruction[]) {
    this.#body = body;
  }

  match(): Shape | undefined {
    const comparison = this.#body.at(-1);
    if (comparison === undefined) return undefined;
    const mirrored = MIRRORED.get(comparison.opcode);
    if (mirrored === undefined) return this.#untilZero();
    const right = this.#operand(this.#body.length - 2);
    const left = right === undefined ? undefined : this.#operand(right.start - 1);
    if (left === undefined || right === undefined) return undefined;
    return this.#going(left, comparison.opcode, right) ?? this.#going(right, mirrored, left);
  }

  #untilZero(): Shape | undefined {
    const counter = this.#operand(this.#body.length - 1);
    if (counter === undefined) return undefined;
    return this.#going(counter, OP.i32Ne, { kind: 'constant', value: 0 });
  }

  /** A constant, a local, or a local just after it was stepped. */
  #operand(at: number): Found | undefined {
    const { opcode, value } = this.#body[at] ?? { opcode: OP.nop, value: 0 };
    switch (opcode) {
      case OP.i32Const:
        return { kind: 'constant', value, start: at, read: at };
      case OP.localGet:
        return { kind: 'local', value, start: at, read: at };
      case OP.localTee:
        return { kind: 'local', value, start: at - 3, read: at };
      default:
        return undefined;
    }
  }

  #going(counter: Found, comparison: number, limit: Operand): Shape | undefined {
    if (counter.kind === 'constant') return undefined;
    if (limit.kind === 'local' && this.#settings(limit.value).length > 0) return undefined;
    const [set, ...more] = this.#settings(counter.value);
    // The comparison looks at what the counter is after its step.
    if (set === undefined || more.length > 0 || set > counter.read) return undefined;
    const step = this.#step(counter.value, set);
    if (step === undefined || step === 0 || Math.abs(step) > MOST_STEP) return undefined;
    const ordered = comparison === OP.i32Ne ? undefined : comparison;
    const upwards = comparison === OP.i32LtS || comparison === OP.i32LtU;
    if (ordered !== undefined && upwards !== step > 0) return undefined;
    return { counter: counter.value, step, limit: { kind: limit.kind, value: limit.value }, ordered };
  }

  #settings(local: number): number[] {
    const settings: number[] = [];
    for (const [at, { opcode, value }] of this.#body.entries())
      if (value === local && (opcode === OP.localSet || opcode === OP.localTee)) settings.push(at);
    return settings;
  }

  /** What the counter is set to must be itself and a constant. */
  #step(counter: number, set: number): number | undefined {
    const [first, second, operator] = this.#body.slice(Math.max(0, set - 3), set);
    const isCounter = (one?: Instruction): boolean => one?.opcode === OP.localGet && one.value === counter;
    const isConstant = (one?: Instruction): boolean => one?.opcode === OP.i32Const;
    if (operator?.opcode === OP.i32Add && isCounter(first) && isConstant(second)) return second?.value;
    if (operator?.opcode === OP.i32Add && isConstant(first) && isCounter(second)) return first?.value;
    if (operator?.opcode === OP.i32Sub && isCounter(first) && isConstant(second))
      return -(second?.value ?? 0);
    return undefined;
  }
}
