// SPDX-License-Identifier: MIT
import { ByteWriter } from '../byte-writer.ts';
import { OP } from '../instructions.ts';
import { I32, I64 } from '../value-types.ts';
import type { BranchHints } from './branch-hints.ts';
import { type CatchLandings, catchLandings } from './catch-landings.ts';
import { type CountedLoop, countedLoop, type Operand } from './counted-loop.ts';
import { DepthCode } from './depth-code.ts';
import { type Events, FLAG } from './events.ts';
import { FuelCode, type MeterIndices } from './fuel-code.ts';
import type { ScannedCode, ScannedFunction } from './scan.ts';

/** What is certain at a place of a function, on every way there. */
interface Facts {
  /** the function's own depth stands in its local */
  isDepthKnown: boolean;
}

interface Label {
  readonly opcode: number;
  /** its place among the labels that are open in the new function */
  readonly place: number;
  /** labels that the new function has for it, which end together */
  readonly count: number;
  /** whether the fuel is in the local where it ends, or for a loop where it begins */
  readonly isLocal: boolean;
  /** what was so before its block */
  readonly before: State & Facts;
  /** whether `else` has not been met */
  mayBeSkipped: boolean;
  /** whether exceptions come here, so that the depth has to be put right */
  readonly restoresDepth: boolean;
  reached: boolean;
  /** what holds on all ways here */
  readonly facts: Facts;
}

interface State {
  /** whether the fuel is kept in the local here */
  isLocal: boolean;
  /** whether the local and the global have it: at least one does */
  localIsRight: boolean;
  globalIsRight: boolean;
  isLive: boolean;
}

export interface WriterParts {
  readonly code: ScannedCode;
  readonly indices: MeterIndices;
  readonly hints: BranchHints;
  /** the type of a block that gives a function's results */
  readonly blockTypeOf: (results: Uint8Array) => number;
  /** how deep calls in circles may go, in places */
  readonly depthLimit: number;
}

/**
 * Writes one function after the other with what was planned for it. It goes through the function's events, copies
 * what lies between, and keeps in mind where the fuel is.
 */
export class FunctionWriter {
  readonly #parts: WriterParts;
  readonly #events: Events;
  readonly #bytes: Uint8Array;
  readonly #out = new ByteWriter(1 << 16);
  readonly #fuel: FuelCode;
  readonly #depth: DepthCode;
  readonly #labels: Label[] = [];
  #state: State & Facts = freshState();
  #places = 0;
  #copiedTo = 0;
  /** behind the last event */
  #blockStart = 0;
  #checksNext = false;
  #tripsLocal: number | undefined;
  #firstNarrow = 0;
  #narrowLocals = 0;
  #landings: CatchLandings | undefined;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#events = parts.code.events;
    this.#bytes = parts.code.bytes;
    const { indices, hints, depthLimit } = parts;
    this.#fuel = new FuelCode(indices, this.#out, hints);
    this.#depth = new DepthCode(indices, depthLimit, this.#out, hints, this.#narrowLocal);
  }

  /**
   * Appends a function's new entry of the code section, its size before it.
   * @param places what its frame counts for
   * @param savesDepth whether an exception that it catches may have left the depth wrong
   * @returns how many bytes of declarations stand before its code
   */
  write(scanned: ScannedFunction, places: number, savesDepth: boolean, to: ByteWriter): number {
    this.#begin(scanned, places, savesDepth);
    for (let event = scanned.firstEvent; event < scanned.endEvent; event++) {
      if (this.#events.has(event, FLAG.beginsBlock)) this.#beginBlock(event);
      this.#event(event);
      this.#blockStart = this.#events.end(event);
    }
    this.#copyTo(scanned.end);
    return this.#assemble(scanned, to);
  }

  #begin(scanned: ScannedFunction, places: number, savesDepth: boolean): void {
    this.#out.clear();
    this.#labels.length = 0;
    this.#copiedTo = this.#blockStart = scanned.start;
    this.#checksNext = false;
    this.#tripsLocal = undefined;
    this.#state = freshState();
    this.#fuel.begin(scanned.localCount);
    this.#narrowLocals = 0;
    this.#firstNarrow = scanned.localCount + 1;
    this.#depth.begin(places);
    this.#landings = savesDepth ? catchLandings(this.#events, scanned) : undefined;
    if (this.#landings !== undefined) this.#depth.keepAtEntry();
    const isWrapped = this.#landings?.atEnd === true;
    if (isWrapped) this.#out.byte(OP.block).signed(this.#parts.blockTypeOf(scanned.type.results));
    const place = isWrapped ? 1 : 0;
    this.#places = place + 1;
    this.#open(-1, OP.block, place, isWrapped);
  }

  #assemble(scanned: ScannedFunction, to: ByteWriter): number {
    const narrow = this.#narrowLocals;
    const groups = (narrow > 0 ? 2 : this.#fuel.usesLocal ? 1 : 0) + scanned.localGroups;
    const head = new ByteWriter(32).u32(groups).copy(this.#bytes, scanned.localsStart, scanned.start);
    if (narrow > 0 || this.#fuel.usesLocal) head.byte(1).byte(I64);
    if (narrow > 0) head.u32(narrow).byte(I32);
    to.u32(head.length + this.#out.length)
      .raw(head.written)
      .raw(this.#out.written);
    return head.length;
  }

  /** A new local of 32 bits; they come behind the one that carries the fuel. */
  readonly #narrowLocal = (): number => this.#firstNarrow + this.#narrowLocals++;

  /** Copies the original up to a place. */
  #copyTo(position: number): void {
    this.#out.copy(this.#bytes, this.#copiedTo, position);
    this.#copiedTo = position;
  }

  #beginBlock(event: number): void {
    const state = this.#state;
    const units = this.#events.charge(event);
    const checks = this.#checksNext || this.#events.has(event, FLAG.polls);
    this.#checksNext = false;
    if (!state.isLive || (units === 0 && !checks)) return;
    this.#copyTo(this.#blockStart);
    if (this.#events.has(event, FLAG.goesLocal)) this.#takeFuel();
    if (state.isLocal) this.#payFromLocal(units, checks);
    else this.#payFromGlobal(units, checks);
  }

  /** From here on the fuel is kept in the local. */
  #takeFuel(): void {
    const state = this.#state;
    if (!state.localIsRight) this.#fuel.load();
    state.isLocal = state.localIsRight = true;
  }

  #payFromLocal(units: number, checks: boolean): void {
    const state = this.#state;
    if (units > 0) state.globalIsRight = false;
    if (units > 0 && checks) this.#fuel.chargeAndCheckLocal(units);
    else if (checks) this.#fuel.checkLocal();
    else this.#fuel.chargeLocal(units);
  }

  #payFromGlobal(units: number, checks: boolean): void {
    this.#state.localIsRight = false;
    if (units > 0 && checks) this.#fuel.chargeAndCheckGlobal(units);
    else if (checks) this.#fuel.checkGlobal();
    else this.#fuel.chargeGlobal(units);
  }

  #event(event: number): void {
    const opcode = this.#events.opcode(event);
    switch (opcode) {
      case OP.block:
      case OP.try:
      case OP.tryTable:
        this.#openBlock(event, opcode);
        break;
      case OP.loop:
        this.#openLoop(event);
        break;
      case OP.if:
        this.#openIf(event);
        break;
      case OP.else:
        this.#else(event);
        break;
      case OP.catch:
      case OP.catchAll:
        this.#catch(event);
        break;
      case OP.end:
      case OP.delegate:
        this.#end(event);
        break;
      case OP.br:
      case OP.brIf:
        this.#branch(event, opcode);
        break;
      case OP.brTable:
        this.#branchTable(event);
        break;
      case OP.return:
      case OP.returnCall:
      case OP.returnCallIndirect:
        this.#leaveFunction(event);
        break;
      case OP.unreachable:
      case OP.throw:
      case OP.rethrow:
      case OP.throwRef:
        this.#trap();
        break;
      case OP.call:
      case OP.callIndirect:
        this.#call(event);
        break;
      default:
        this.#bulk(event);
    }
  }

  #call(event: number): void {
    if (!this.#state.isLive) return;
    if (this.#events.has(event, FLAG.polls) && !this.#events.has(event, FLAG.beginsBlock)) {
      this.#copyTo(this.#events.start(event));
      if (this.#state.isLocal) this.#payFromLocal(0, true);
      else this.#payFromGlobal(0, true);
    }
    if (this.#events.has(event, FLAG.cutCall)) {
      this.#knowDepth(event);
      this.#copyTo(this.#events.start(event));
      this.#depth.goDown();
    }
    if (this.#events.has(event, FLAG.touchesFuel)) this.#giveFuelAway(event);
  }

  /** Computed once where it can be: before a loop rather than in it. */
  #knowDepth(event: number): void {
    if (this.#state.isDepthKnown) return;
    this.#copyTo(this.#events.start(event));
    this.#depth.compute();
    this.#state.isDepthKnown = true;
  }

  /** From the call on the global has the fuel, whatever was before. */
  #giveFuelAway(event: number): void {
    const state = this.#state;
    if (!state.globalIsRight) {
      this.#copyTo(this.#events.start(event));
      this.#fuel.save();
    }
    state.isLocal = state.localIsRight = false;
    state.globalIsRight = true;
  }

  /** A bulk instruction becomes a call of the function that does it in pieces. */
  #bulk(event: number): void {
    if (this.#state.isLive) this.#giveFuelAway(event);
    this.#copyTo(this.#events.start(event));
    this.#out.byte(OP.call).u32(this.#parts.indices.firstHelper + this.#events.argument(event));
    this.#copiedTo = this.#events.end(event);
  }

  /** At the end of every basic block the depth is the function's own again. */
  #endStraight(event: number): void {
    if (!this.#depth.isDown) return;
    this.#copyTo(this.#events.start(event));
    this.#depth.comeBack();
  }

  #open(event: number, opcode: number, place: number, restoresDepth = false, count = 1): void {
    const state = this.#state;
    this.#labels.push({
      opcode,
      place,
      count,
      isLocal: event >= 0 && this.#events.has(event, FLAG.labelLocal),
      before: { ...state },
      mayBeSkipped: opcode === OP.if,
      restoresDepth: restoresDepth || (event >= 0 && this.#landings?.at.has(event) === true),
      reached: false,
      facts: { isDepthKnown: true },
    });
  }

  #openBlock(event: number, opcode: number): void {
    if (opcode === OP.tryTable)
      for (const depth of this.#events.catchTargets(event)) this.#arrive(this.#labelAt(depth));
    this.#open(event, opcode, this.#places++);
  }

  #openIf(event: number): void {
    this.#endStraight(event);
    // Without an `else` the condition may lead straight to the label.
    if (this.#state.isLive) this.#bring(this.#events.has(event, FLAG.labelLocal), event);
    this.#open(event, OP.if, this.#places++);
  }

  #openLoop(event: number): void {
    this.#endStraight(event);
    const state = this.#state;
    if (!state.isLive) return this.#open(event, OP.loop, this.#places++);
    const isLocal = this.#events.has(event, FLAG.labelLocal);
    this.#bring(isLocal, event);
    if (this.#events.has(event, FLAG.loopsOverCut)) this.#knowDepth(event);
    state.isLocal = state.localIsRight = isLocal;
    state.globalIsRight = !isLocal;
    const isNested = this.#events.has(event, FLAG.callFree) && !this.#events.has(event, FLAG.hasParameters);
    if (isNested) return this.#openNestedLoop(event);
    this.#checksNext = true;
    this.#open(event, OP.loop, this.#places++);
    if (this.#landings?.at.has(event) !== true) return;
    this.#copyTo(this.#events.end(event));
    this.#depth.restore();
  }

  /** The slow call stands between two loops (METERING.md section 2.4): so the inner one has no call in it. */
  #openNestedLoop(event: number): void {
    const start = this.#events.start(event);
    const end = this.#events.end(event);
    this.#copyTo(start);
    const counted = countedLoop(this.#events, this.#bytes, event);
    if (counted !== undefined) this.#writeUnchecked(counted, event);
    this.#out.copy(this.#bytes, start, end);
    this.#fuel.checkLocal();
    this.#out.copy(this.#bytes, start, end);
    this.#fuel.leaveIfNegative();
    this.#copiedTo = end;
    const count = counted === undefined ? 2 : 3;
    this.#places += count;
    this.#open(event, OP.loop, this.#places - 1, false, count);
  }

  /** The version of a counted loop that is charged as a whole, where its rounds are few enough (section 2.5). */
  #writeUnchecked(loop: CountedLoop, event: number): void {
    const out = this.#out;
    const trips = (this.#tripsLocal ??= this.#narrowLocal());
    const step = Math.abs(loop.step);
    const limit = (operand: Operand): void => {
      if (operand.kind === 'local') out.byte(OP.localGet).u32(operand.value);
      else out.byte(OP.i32Const).signed(operand.value);
    };
    const counter = (): void => void out.byte(OP.localGet).u32(loop.counter);
    if (loop.step > 0) limit(loop.limit);
    counter();
    if (loop.step < 0) limit(loop.limit);
    out.byte(OP.i32Sub).byte(OP.localTee).u32(trips);
    out.byte(OP.i32Const).byte(1).byte(OP.i32Sub).byte(OP.i32Const).signed(loop.mostDistance).byte(OP.i32LtU);
    if (loop.ordered !== undefined) {
      counter();
      limit(loop.limit);
      out.byte(loop.ordered).byte(OP.i32And);
    }
    // Without a look at the fuel many such loops in a row would be a long one.
    this.#fuel.isNotNegative();
    out.byte(OP.i32And);
    if (step > 1) {
      out.byte(OP.localGet).u32(trips).byte(OP.i32Const).signed(step);
      out.byte(OP.i32RemU).byte(OP.i32Eqz).byte(OP.i32And);
    }
    const start = this.#events.start(event);
    out.byte(OP.if).copy(this.#bytes, start + 1, this.#events.end(event));
    this.#fuel.chargeTrips(trips, step, this.#events.charge(event + 1));
    out.copy(this.#bytes, start, loop.end).byte(OP.end).byte(OP.else);
  }

  #else(event: number): void {
    this.#endStraight(event);
    const label = this.#labels.at(-1);
    if (label === undefined) return;
    if (this.#state.isLive) this.#bring(label.isLocal, event);
    this.#arrive(label);
    label.mayBeSkipped = false;
    this.#state = { ...label.before };
  }

  #catch(event: number): void {
    this.#endStraight(event);
    const label = this.#labels.at(-1);
    if (label === undefined) return;
    this.#arrive(label);
    this.#state = { ...label.before, localIsRight: false };
    if (this.#landings === undefined) return;
    this.#copyTo(this.#events.end(event));
    this.#depth.restore();
  }

  #end(event: number): void {
    const label = this.#labels.pop();
    if (label === undefined) return;
    this.#places -= label.count;
    if (label.opcode === OP.loop) return this.#endLoop(event, label);
    this.#endStraight(event);
    if (this.#state.isLive) this.#bring(label.isLocal, event);
    this.#arrive(label);
    if (label.mayBeSkipped) this.#arrive(label, label.before);
    const { isLocal, reached, facts } = label;
    this.#state = { ...facts, isLocal, localIsRight: isLocal, globalIsRight: !isLocal, isLive: reached };
    this.#copyTo(this.#events.end(event));
    if (!label.restoresDepth) return;
    this.#depth.restore();
    // What was the function's end is the end of the block around it.
    if (this.#labels.length === 0) this.#out.byte(OP.end);
  }

  #endLoop(event: number, label: Label): void {
    if (label.count === 1) return;
    this.#copyTo(this.#events.end(event));
    for (let more = label.count - 1; more > 0; more--) this.#out.byte(OP.end);
  }

  #branch(event: number, opcode: number): void {
    this.#endStraight(event);
    const label = this.#labelAt(this.#events.argument(event));
    if (this.#state.isLive) this.#bring(label.isLocal, event);
    this.#arrive(label);
    const depth = this.#depthOf(label);
    if (depth !== this.#events.argument(event)) {
      this.#copyTo(this.#events.start(event));
      this.#out.byte(opcode).u32(depth);
      this.#copiedTo = this.#events.end(event);
    }
    if (opcode === OP.br) this.#state.isLive = false;
  }

  #branchTable(event: number): void {
    this.#endStraight(event);
    const labels = this.#events.targets(event).map((depth) => this.#labelAt(depth));
    if (this.#state.isLive) for (const { isLocal } of labels) this.#bring(isLocal, event);
    for (const label of labels) this.#arrive(label);
    this.#copyTo(this.#events.start(event));
    this.#out.byte(OP.brTable).u32(labels.length - 1);
    for (const label of labels) this.#out.u32(this.#depthOf(label));
    this.#copiedTo = this.#events.end(event);
    this.#state.isLive = false;
  }

  #leaveFunction(event: number): void {
    this.#endStraight(event);
    if (this.#state.isLive) this.#bring(false, event);
    this.#state.isLive = false;
  }

  #trap(): void {
    this.#depth.forget();
    this.#state.isLive = false;
  }

  /** Sees to it, before an event, that the fuel is where a label expects it. */
  #bring(toLocal: boolean, event: number): void {
    const state = this.#state;
    if (toLocal ? state.localIsRight : state.globalIsRight) return;
    this.#copyTo(this.#events.start(event));
    if (toLocal) this.#fuel.load();
    else this.#fuel.save();
    state.localIsRight = state.globalIsRight = true;
  }

  #arrive(label: Label, from: State & Facts = this.#state): void {
    if (!from.isLive) return;
    label.reached = true;
    label.facts.isDepthKnown &&= from.isDepthKnown;
  }

  #labelAt(depth: number): Label {
    const label = this.#labels[this.#labels.length - 1 - depth];
    if (label === undefined) throw new Error(`a branch leaves ${depth} labels, more than there are`);
    return label;
  }

  #depthOf(label: Label): number {
    return this.#places - 1 - label.place;
  }
}

const freshState = (): State & Facts => ({
  isLocal: false,
  localIsRight: false,
  globalIsRight: true,
  isLive: true,
  isDepthKnown: false,
});
