// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import type { ModuleShape } from '../module-reader.ts';
import type { Breath } from './breath.ts';
import { type CallGraph, callGraph, type CallGroup } from './call-graph.ts';
import { ChargePlanner } from './charge-plan.ts';
import { FLAG } from './events.ts';
import { PollPlanner } from './poll-plan.ts';
import { placeCounter } from './residence.ts';
import type { ScannedCode, ScannedFunction } from './scan.ts';

/** Functions up to this size and price that do nothing special are charged by those who call them. */
const LEAF_BYTES = 160;
const LEAF_UNITS = 64;
/**
 * A deep stack comes back through the ends of all its functions, without a look at the fuel: so the frame of one
 * that does this much there counts for more.
 */
const UNPOLLED_PER_PLACE = 1024;

const OPENERS: ReadonlySet<number> = new Set([OP.block, OP.loop, OP.if, OP.try, OP.tryTable]);

/** What is decided of a module before its first byte is written; the rest stands in its events. */
export interface MeterPlan {
  readonly graph: CallGraph;
  /** whether a function, by its index in the module, is left as it is: its callers pay for it */
  isSilent(functionIndex: number): boolean;
  /** what a frame of the function counts for in the depth of calls */
  places(functionIndex: number): number;
}

/** Decides what is charged where, in which functions and loops. */
export function planMeter(shape: ModuleShape, code: ScannedCode, breath: Breath): MeterPlan {
  return new Planner(shape, code).plan(breath);
}

class Planner {
  readonly #code: ScannedCode;
  readonly #imported: number;
  readonly #graph: CallGraph;
  readonly #charges: ChargePlanner;
  readonly #prepaid: Float64Array;
  readonly #silent: Uint8Array;
  readonly #polls: PollPlanner;
  /** what a function may burn after its last look at the fuel, by its index; and any that tables may hold, by its type */
  readonly #unpolled: Float64Array;
  readonly #unpolledOfType = new Map<number, number>();
  readonly #catches: boolean;

  constructor(shape: ModuleShape, code: ScannedCode) {
    this.#code = code;
    this.#imported = shape.imports.length;
    this.#graph = callGraph(shape, code);
    this.#charges = new ChargePlanner(code.events);
    const functions = this.#imported + code.functions.length;
    this.#prepaid = new Float64Array(functions);
    this.#silent = new Uint8Array(functions);
    this.#polls = new PollPlanner(code.events);
    this.#unpolled = new Float64Array(functions);
    this.#catches = code.functions.some(({ catches }) => catches);
  }

  plan(breath: Breath): MeterPlan {
    for (const group of this.#graph.groups) {
      this.#group(group);
      for (const index of group.members) breath.after(this.#scanned(index));
    }
    return {
      graph: this.#graph,
      isSilent: (index) => this.#silent[index] === 1,
      places: (index) =>
        Math.max(
          this.#graph.placesToCount(index),
          Math.ceil((this.#unpolled[index] ?? 0) / UNPOLLED_PER_PLACE),
        ),
    };
  }

  /** Callees come first, so that it is known what their callers have to pay for them. */
  #group({ members, isCircle }: CallGroup): void {
    const [only] = members;
    if (only !== undefined && !isCircle && this.#takeAsLeaf(only)) return;
    for (const index of members) {
      this.#markCalls(index);
      this.#prepaid[index] = this.#planCharges(index, undefined);
    }
    // In a circle nobody's callees are all known at first: what was found to be prepaid stands, charges do not.
    if (isCircle) for (const index of members) this.#planCharges(index, this.#prepaid[index] ?? 0);
    if (isCircle) {
      for (const index of members) this.#markBlocksOfCuts(this.#scanned(index));
      // Nor is it known then what they may burn without a look: many such calls in a row would be a long way.
      for (const index of members) this.#planPolls(index, this.#scanned(index));
    }
    for (const index of members) {
      const scanned = this.#scanned(index);
      this.#planPolls(index, scanned);
      if (!isCircle && this.#isSilent(scanned)) this.#silent[index] = 1;
      placeCounter(this.#code.events, scanned);
    }
  }

  #scanned(index: number): ScannedFunction {
    const scanned = this.#code.functions[index - this.#imported];
    if (scanned === undefined) throw new Error(`function ${index} is not the module's own`);
    return scanned;
  }

  #takeAsLeaf(index: number): boolean {
    const scanned = this.#scanned(index);
    const { start, end, firstEvent, endEvent, firstCall, endCall } = scanned;
    const isPlain = !scanned.hasLoop && !scanned.hasBulk && !scanned.hasExceptions && firstCall === endCall;
    if (!isPlain || end - start > LEAF_BYTES || !this.#graph.isDirectOnly(index)) return false;
    let units = 0;
    for (let event = firstEvent; event < endEvent; event++) units += this.#code.events.cost(event);
    if (units > LEAF_UNITS) return false;
    this.#prepaid[index] = this.#unpolled[index] = units;
    this.#silent[index] = 1;
    return true;
  }

  #markCalls(index: number): void {
    const { events, calls } = this.#code;
    const { firstCall, endCall, hasBulk, firstEvent, endEvent } = this.#scanned(index);
    for (let call = firstCall; call < endCall; call++) {
      const event = calls[call] ?? 0;
      if (this.#graph.isCut(index, event)) events.set(event, FLAG.cutCall);
      const isDirect = events.opcode(event) === OP.call || events.opcode(event) === OP.returnCall;
      if (!isDirect || this.#silent[events.argument(event)] !== 1) events.set(event, FLAG.touchesFuel);
    }
    if (!hasBulk) return;
    for (let event = firstEvent; event < endEvent; event++) {
      const opcode = events.opcode(event);
      if (opcode === OP.memoryGrow || opcode >= 0xfc00) events.set(event, FLAG.touchesFuel);
    }
  }

  /** An exception leaves a function in the middle: where one may be caught, nothing is paid ahead. */
  #planCharges(index: number, entry: number | undefined): number {
    const scanned = this.#scanned(index);
    const { hasExceptions, firstCall, endCall } = scanned;
    const mayThrow = hasExceptions || (this.#catches && firstCall < endCall);
    const mayPrepay = !this.#catches && this.#graph.isDirectOnly(index);
    return this.#charges.plan(scanned, {
      prepaidAt: (event) => this.#prepaid[this.#code.events.argument(event)] ?? 0,
      merge: !mayThrow,
      entry: mayPrepay ? entry : 0,
    });
  }

  #markBlocksOfCuts({ firstEvent, endEvent }: ScannedFunction): void {
    const { events } = this.#code;
    const openers: number[] = [];
    let block = firstEvent;
    for (let event = firstEvent; event < endEvent; event++) {
      if (events.has(event, FLAG.beginsBlock)) block = event;
      const opcode = events.opcode(event);
      if (OPENERS.has(opcode)) openers.push(event);
      else if (opcode === OP.end || opcode === OP.delegate) openers.pop();
      if (!events.has(event, FLAG.cutCall)) continue;
      events.set(block, FLAG.callsCut);
      for (let at = openers.length - 1; at >= 0; at--) {
        const opener = openers[at] ?? 0;
        if (events.opcode(opener) !== OP.loop) continue;
        // Those around a marked one are marked.
        if (events.has(opener, FLAG.loopsOverCut)) break;
        events.set(opener, FLAG.loopsOverCut);
      }
    }
  }

  #planPolls(index: number, scanned: ScannedFunction): void {
    const { events } = this.#code;
    const unpolled = this.#polls.plan(scanned, (call) => {
      if (events.opcode(call) === OP.call) return this.#unpolled[events.argument(call)] ?? 0;
      return this.#unpolledOfType.get(this.#graph.typeOfCall(call)) ?? 0;
    });
    this.#unpolled[index] = unpolled;
    const type = this.#graph.typeOfHeld(index);
    if (type === undefined) return;
    this.#unpolledOfType.set(type, Math.max(this.#unpolledOfType.get(type) ?? 0, unpolled));
  }

  /** Whether all that a function costs was paid by its callers. */
  #isSilent({ hasLoop, hasBulk, hasExceptions, firstEvent, endEvent }: ScannedFunction): boolean {
    if (hasLoop || hasBulk || hasExceptions) return false;
    const { events } = this.#code;
    for (let event = firstEvent; event < endEvent; event++) {
      if (events.has(event, FLAG.touchesFuel) || events.has(event, FLAG.polls)) return false;
      if (events.has(event, FLAG.beginsBlock) && events.charge(event) > 0) return false;
    }
    return true;
  }
}
