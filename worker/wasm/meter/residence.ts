// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import { refuse } from '../value-types.ts';
import { type Events, FLAG } from './events.ts';
import type { ScannedFunction } from './scan.ts';

/** What no compiler writes, and what V8 would need minutes for. */
const MOST_NESTED_LOOPS = 1000;

interface Label {
  /** the event that opened it; -1 for the function's own */
  readonly opener: number;
  readonly isLoop: boolean;
  /** an `if` that has no `else` so far */
  isOpen: boolean;
  /** the place among the labels of the innermost loop here that has the fuel in its local; -1 without one */
  readonly hotLoop: number;
  /** where the fuel is when the block is entered */
  readonly isLocalBefore: boolean;
  readonly isLiveBefore: boolean;
  fromGlobal: boolean;
  fromLocal: boolean;
  /** left from within a loop that has the fuel in the local, by a branch that may as well not be taken */
  fromHotLoop: boolean;
}

/**
 * Decides where in a function the fuel lives in its local instead of the global (METERING.md section 2.3). It comes
 * into the local with the first charge after a call, and in loops, and goes back before the next call or the end:
 * so a way with many charges between two calls reads and writes the global once. It marks loops `callFree`, labels
 * `labelLocal` and blocks `goesLocal`.
 */
export function placeCounter(events: Events, scanned: ScannedFunction): void {
  // Where an exception is caught, nobody would know where the fuel is.
  if (scanned.hasExceptions) return;
  if (scanned.hasLoop) markLoops(events, scanned);
  new Placement(events).run(scanned);
}

function markLoops(events: Events, { firstEvent, endEvent }: ScannedFunction): void {
  const loops: { opener: number; isCallFree: boolean }[] = [];
  const openers: number[] = [];
  for (let event = firstEvent; event < endEvent; event++) {
    switch (events.opcode(event)) {
      case OP.loop:
        loops.push({ opener: event, isCallFree: true });
        openers.push(event);
        if (loops.length > MOST_NESTED_LOOPS) refuse(`loops nested deeper than ${MOST_NESTED_LOOPS}`);
        break;
      case OP.block:
      case OP.if:
        openers.push(event);
        break;
      case OP.end: {
        const opener = openers.pop();
        const loop = loops.at(-1);
        if (loop === undefined || opener !== loop.opener) break;
        loops.pop();
        const outer = loops.at(-1);
        events.set(loop.opener, FLAG.labelLocal);
        if (loop.isCallFree) events.set(loop.opener, FLAG.callFree);
        else if (outer !== undefined) outer.isCallFree = false;
        break;
      }
      default: {
        const loop = loops.at(-1);
        if (loop !== undefined && events.has(event, FLAG.touchesFuel)) loop.isCallFree = false;
      }
    }
  }
}

/** Instructions that end the function, and the last one of all. */
const LEAVES: ReadonlySet<number> = new Set([OP.return, OP.returnCall, OP.returnCallIndirect]);

class Placement {
  readonly #events: Events;
  readonly #labels: Label[] = [];
  #isLocal = false;
  #isLive = true;
  #endEvent = 0;

  constructor(events: Events) {
    this.#events = events;
  }

  run({ firstEvent, endEvent }: ScannedFunction): void {
    this.#endEvent = endEvent;
    this.#open(-1, false);
    for (let event = firstEvent; event < endEvent; event++) {
      if (this.#events.has(event, FLAG.beginsBlock)) this.#beginBlock(event);
      this.#event(event);
    }
  }

  #beginBlock(event: number): void {
    if (!this.#isLive || this.#isLocal || this.#events.charge(event) === 0) return;
    // What has to be in the global right afterwards can stay there.
    if (this.#needsGlobal(event)) return;
    this.#events.set(event, FLAG.goesLocal);
    this.#isLocal = true;
  }

  /** Whether a block calls what touches the fuel, or ends the function. */
  #needsGlobal(first: number): boolean {
    const events = this.#events;
    for (let event = first; event < this.#endEvent; event++) {
      if (event > first && events.has(event, FLAG.beginsBlock)) return false;
      if (events.has(event, FLAG.touchesFuel) || LEAVES.has(events.opcode(event))) return true;
    }
    return true;
  }

  #event(event: number): void {
    const events = this.#events;
    switch (events.opcode(event)) {
      case OP.block:
        this.#open(event, false);
        return;
      case OP.if:
        this.#open(event, true);
        return;
      case OP.loop:
        this.#open(event, false);
        this.#isLocal = events.has(event, FLAG.labelLocal);
        return;
      case OP.else: {
        const label = this.#labels.at(-1);
        if (label === undefined) return;
        this.#arrive(label);
        label.isOpen = false;
        this.#isLocal = label.isLocalBefore;
        this.#isLive = label.isLiveBefore;
        return;
      }
      case OP.end:
        this.#end(event);
        return;
      case OP.br:
        this.#branch(events.argument(event), false);
        this.#isLive = false;
        return;
      case OP.brIf:
        this.#branch(events.argument(event), true);
        return;
      case OP.brTable:
        for (const depth of events.targets(event)) this.#branch(depth, true);
        this.#isLive = false;
        return;
      case OP.return:
      case OP.unreachable:
        this.#isLive = false;
        return;
      case OP.returnCall:
      case OP.returnCallIndirect:
        this.#isLive = false;
        return;
      default:
        if (events.has(event, FLAG.touchesFuel)) this.#isLocal = false;
    }
  }

  #open(opener: number, isOpen: boolean): void {
    const isLoop = opener >= 0 && this.#events.opcode(opener) === OP.loop;
    const isHot = isLoop && this.#events.has(opener, FLAG.labelLocal);
    this.#labels.push({
      opener,
      isLoop,
      isOpen,
      hotLoop: isHot ? this.#labels.length : (this.#labels.at(-1)?.hotLoop ?? -1),
      isLocalBefore: this.#isLocal,
      isLiveBefore: this.#isLive,
      fromGlobal: false,
      fromLocal: false,
      fromHotLoop: false,
    });
  }

  #end(event: number): void {
    const label = this.#labels.pop();
    if (label === undefined || label.isLoop) return;
    this.#arrive(label);
    if (label.isOpen && label.isLiveBefore) {
      if (label.isLocalBefore) label.fromLocal = true;
      else label.fromGlobal = true;
    }
    const isLocal = label.opener >= 0 && this.#prefersLocal(label, event + 1);
    if (isLocal) this.#events.set(label.opener, FLAG.labelLocal);
    this.#isLocal = isLocal;
    this.#isLive = label.fromLocal || label.fromGlobal;
  }

  /** A branch that may not be taken moves the fuel all the same: the less of that the better. */
  #prefersLocal({ fromLocal, fromGlobal, fromHotLoop }: Label, next: number): boolean {
    if (fromHotLoop) return true;
    if (!fromLocal || !fromGlobal) return fromLocal;
    return this.#events.charge(next) > 0 || !this.#needsGlobal(next);
  }

  #branch(depth: number, mayStay: boolean): void {
    const at = this.#labels.length - 1 - depth;
    const label = this.#labels[at];
    if (label === undefined || label.isLoop) return;
    this.#arrive(label);
    const leavesHotLoop = (this.#labels.at(-1)?.hotLoop ?? -1) > at;
    if (mayStay && this.#isLive && leavesHotLoop) label.fromHotLoop = true;
  }

  #arrive(label: Label): void {
    if (!this.#isLive) return;
    if (this.#isLocal) label.fromLocal = true;
    else label.fromGlobal = true;
  }
}
