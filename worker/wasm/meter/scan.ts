// SPDX-License-Identifier: MIT
import { ByteReader } from '../byte-reader.ts';
import { costOf, fixedCostOf } from '../cost-table.ts';
import { OP } from '../instructions.ts';
import { type ModuleShape, SECTION } from '../module-reader.ts';
import { type FunctionType, placesOf } from '../value-types.ts';
import type { Breath } from './breath.ts';
import { BulkInstructions } from './bulk-instructions.ts';
import { Decoder } from './decode.ts';
import { Events, FLAG } from './events.ts';

/** Places that every frame is taken to need beside its parameters, locals and operands. */
const FRAME_PLACES = 16;

/** A function of the module, as its bytes say. Positions count from the code section's first byte. */
export interface ScannedFunction {
  readonly type: FunctionType;
  /** of its declarations: the number of groups of locals, then `localsStart`, then `start` of its code */
  readonly declared: number;
  readonly localsStart: number;
  readonly localGroups: number;
  readonly start: number;
  readonly end: number;
  readonly localCount: number;
  /** how many 8-byte places its frame takes on the stack */
  readonly places: number;
  readonly firstEvent: number;
  /** behind its last one */
  readonly endEvent: number;
  /** its calls are `calls[firstCall]` to `calls[endCall - 1]` */
  readonly firstCall: number;
  readonly endCall: number;
  readonly hasLoop: boolean;
  readonly hasBulk: boolean;
  /** throws, catches or passes on exceptions */
  readonly hasExceptions: boolean;
  readonly catches: boolean;
}

export interface ScannedCode {
  readonly bytes: Uint8Array;
  readonly functions: readonly ScannedFunction[];
  readonly events: Events;
  /** events that are calls */
  readonly calls: readonly number[];
  readonly bulk: BulkInstructions;
  /** functions that an instruction makes a reference of, or a segment or a global holds one of */
  readonly referenced: ReadonlySet<number>;
  /** instructions that change tables or drop segments */
  readonly used: ReadonlySet<number>;
}

const QUIET = 0;
const EVENT = 1;
const CALL = 2;
const BLOCK = 3;
const BULK = 4;
const EXCEPTION = 5;
const NOTED = 6;

const KINDS = new Uint8Array(256);
for (const opcode of [OP.else, OP.end, OP.br, OP.brIf, OP.brTable, OP.return, OP.unreachable])
  KINDS[opcode] = EVENT;
for (const opcode of [OP.call, OP.callIndirect, OP.returnCall, OP.returnCallIndirect]) KINDS[opcode] = CALL;
for (const opcode of [OP.block, OP.loop, OP.if]) KINDS[opcode] = BLOCK;
for (const opcode of [OP.try, OP.tryTable, OP.catch, OP.catchAll, OP.delegate]) KINDS[opcode] = EXCEPTION;
for (const opcode of [OP.throw, OP.rethrow, OP.throwRef]) KINDS[opcode] = EXCEPTION;
KINDS[OP.memoryGrow] = BULK;
KINDS[OP.tableSet] = NOTED;
KINDS[OP.refFunc] = NOTED;

const DROPS: ReadonlySet<number> = new Set([OP.dataDrop, OP.elementDrop]);
const CATCHING: ReadonlySet<number> = new Set([OP.try, OP.tryTable]);
const PREFIXED_BULK: ReadonlySet<number> = new Set([
  OP.memoryInit,
  OP.memoryCopy,
  OP.memoryFill,
  OP.tableInit,
  OP.tableCopy,
  OP.tableGrow,
  OP.tableFill,
]);

/**
 * With a constant length a bulk operation is like any other instruction, which nobody looks at the fuel for; so those
 * of a function may not cost more than this.
 */
const MOST_FIXED_UNITS = 1 << 14;
const FIXABLE: ReadonlySet<number> = new Set([OP.memoryInit, OP.memoryCopy, OP.memoryFill]);

function prefixedKind(opcode: number): number {
  if (opcode >= 0xfd00 || opcode < 0xfc08) return QUIET;
  if (PREFIXED_BULK.has(opcode)) return BULK;
  return DROPS.has(opcode) ? NOTED : QUIET;
}

/** Reads all of a module's code once. @throws {InvalidModule} naming what is refused */
export function scanCode(shape: ModuleShape, breath: Breath): ScannedCode {
  return new Scanner(shape, breath).scan();
}

class Scanner {
  readonly #shape: ModuleShape;
  readonly #breath: Breath;
  readonly #decoder: Decoder;
  readonly #events: Events;
  readonly #calls: number[] = [];
  readonly #bulk = new BulkInstructions();
  readonly #referenced: Set<number>;
  readonly #used = new Set<number>();
  #fixedUnits = 0;
  #hasLoop = false;
  #hasBulk = false;
  #hasExceptions = false;
  #catches = false;

  constructor(shape: ModuleShape, breath: Breath) {
    this.#shape = shape;
    this.#breath = breath;
    const bytes = shape.sections.get(SECTION.code) ?? Uint8Array.of(0);
    this.#decoder = new Decoder(bytes);
    this.#events = new Events(bytes);
    this.#referenced = new Set(shape.referenced);
  }

  scan(): ScannedCode {
    this.#decoder.number();
    return {
      bytes: this.#decoder.bytes,
      functions: this.#shape.functions.map((type) => this.#function(type)),
      events: this.#events,
      calls: this.#calls,
      bulk: this.#bulk,
      referenced: this.#referenced,
      used: this.#used,
    };
  }

  #function(type: FunctionType): ScannedFunction {
    const decoder = this.#decoder;
    const size = decoder.number();
    const end = decoder.end + size;
    const locals = this.#locals(type);
    const firstEvent = this.#events.count;
    const firstCall = this.#calls.length;
    const start = decoder.end;
    this.#fixedUnits = 0;
    this.#hasLoop = this.#hasBulk = this.#hasExceptions = this.#catches = false;
    this.#body(end);
    this.#breath.after({ declared: locals.declared, end });
    return {
      type,
      ...locals,
      start,
      end,
      firstEvent,
      endEvent: this.#events.count,
      firstCall,
      endCall: this.#calls.length,
      hasLoop: this.#hasLoop,
      hasBulk: this.#hasBulk,
      hasExceptions: this.#hasExceptions,
      catches: this.#catches,
    };
  }

  #locals(
    type: FunctionType,
  ): Pick<ScannedFunction, 'declared' | 'localsStart' | 'localGroups' | 'localCount' | 'places'> {
    const decoder = this.#decoder;
    const declared = decoder.end;
    const localGroups = decoder.number();
    const localsStart = decoder.end;
    let localCount = type.params.length;
    let places = FRAME_PLACES;
    for (const param of type.params) places += placesOf(param);
    const reader = new ByteReader(decoder.bytes, localsStart);
    for (let group = 0; group < localGroups; group++) {
      const size = reader.u32();
      localCount += size;
      places += size * placesOf(reader.u8());
    }
    decoder.end = reader.position;
    return { declared, localsStart, localGroups, localCount, places };
  }

  #body(end: number): void {
    const decoder = this.#decoder;
    const events = this.#events;
    let cost = 0;
    let constant = -1;
    while (decoder.end < end) {
      const opcode = decoder.next();
      cost += costOf(opcode);
      if (opcode === OP.i32Const) {
        constant = decoder.start;
        continue;
      }
      const lengthAt = constant;
      constant = -1;
      const kind = opcode < 0x100 ? KINDS[opcode] : prefixedKind(opcode);
      if (kind === QUIET) continue;
      if (kind === NOTED) {
        this.#note(opcode);
        continue;
      }
      const fixed = kind === BULK && lengthAt >= 0 ? this.#fixedCost(opcode, lengthAt) : undefined;
      if (fixed !== undefined) {
        cost += fixed;
        continue;
      }
      const event = events.push(opcode, decoder.start, decoder.end, cost, this.#argument(opcode));
      cost = 0;
      if (kind === CALL) this.#calls.push(event);
      else if (kind === BULK) this.#hasBulk = true;
      else if (kind === EXCEPTION) {
        this.#hasExceptions = true;
        if (CATCHING.has(opcode)) this.#catches = true;
      } else if (kind === BLOCK) {
        if (opcode === OP.loop) this.#hasLoop = true;
        if (this.#takesParameters()) events.set(event, FLAG.hasParameters);
      }
    }
  }

  /** What a bulk operation costs beyond its price, if it can stay what it is. @param lengthAt a constant's place */
  #fixedCost(opcode: number, lengthAt: number): number | undefined {
    if (!FIXABLE.has(opcode)) return undefined;
    const units = fixedCostOf(this.#decoder.signedBehind(lengthAt) >>> 0);
    if (this.#fixedUnits + units > MOST_FIXED_UNITS) return undefined;
    this.#fixedUnits += units;
    this.#used.add(opcode);
    return units;
  }

  /** A branch's depth, the called function or type, which of the module's bulk instructions it is. */
  #argument(opcode: number): number {
    const decoder = this.#decoder;
    switch (opcode) {
      case OP.br:
      case OP.brIf:
      case OP.call:
      case OP.callIndirect:
      case OP.returnCall:
      case OP.returnCallIndirect:
      case OP.delegate:
      case OP.rethrow:
        return decoder.numberBehind(decoder.start);
      default:
        if (opcode !== OP.memoryGrow && opcode < 0xfc00) return 0;
        this.#used.add(opcode);
        return this.#bulk.add(opcode, decoder);
    }
  }

  #takesParameters(): boolean {
    const decoder = this.#decoder;
    const first = decoder.bytes[decoder.start + 1] ?? 0;
    if (first >= 0x40 && first < 0x80) return false;
    const type = this.#shape.types[decoder.numberBehind(decoder.start)];
    return type !== undefined && type.params.length > 0;
  }

  #note(opcode: number): void {
    const decoder = this.#decoder;
    if (opcode === OP.refFunc) this.#referenced.add(decoder.numberBehind(decoder.start));
    else this.#used.add(opcode);
  }
}
