// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import { type Events, FLAG } from './events.ts';
import type { ScannedFunction } from './scan.ts';

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
 * Decides at which labels of a function the fuel lives in its local instead of the global (METERING.md section 2.3):
 * in loops in which nothing else touches it, and from there on as far as a call or the function's end, unless it
 * comes in the global from somewhere else. It marks loops `callFree`, and labels `labelLocal`.
 */
export function placeCounter(events: Events, scanned: ScannedFunction): void {
  if (!scanned.hasLoop || scanned.hasExceptions) return;
  const hasCallFree = markCallFreeLoops(events, scanned);
  if (hasCallFree) new Placement(events).run(scanned);
}

function markCallFreeLoops(events: Events, { firstEvent, endEvent }: ScannedFunction): boolean {
  const loops: { opener: number; isCallFree: boolean }[] = [];
  const openers: number[] = [];
  let hasCallFree = false;
  for (let event = firstEvent; event < endEvent; event++) {
    switch (events.opcode(event)) {
      case OP.loop:
        loops.push({ opener: event, isCallFree: true });
        openers.push(event);
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
        if (loop.isCallFree) {
          events.set(loop.opener, FLAG.callFree | FLAG.labelLocal);
          hasCallFree = true;
        } else if (outer !== undefined) outer.isCallFree = false;
        break;
      }
      default: {
        const loop = loops.at(-1);
        if (loop !== undefined && events.has(event, FLAG.touchesFuel)) loop.isCallFree = false;
      }
    }
  }
  return hasCallFree;
}

class Placement {
  readonly #events: Events;
  readonly #labels: Label[] = [];
  #isLocal = false;
  #isLive = true;

  constructor(events: Events) {
    this.#events = events;
  }

  run({ firstEvent, endEvent }: ScannedFunction): void {
    this.#open(-1, false);
    for (let event = firstEvent; event < endEvent; event++) this.#event(event);
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
        this.#end();
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

  #end(): void {
    const label = this.#labels.pop();
    if (label === undefined || label.isLoop) return;
    this.#arrive(label);
    if (label.isOpen && label.isLiveBefore) {
      if (label.isLocalBefore) label.fromLocal = true;
      else label.fromGlobal = true;
    }
    const isLocal = label.fromHotLoop || (label.fromLocal && !label.fromGlobal);
    if (isLocal && label.opener >= 0) this.#events.set(label.opener, FLAG.labelLocal);
    this.#isLocal = isLocal;
    this.#isLive = label.fromLocal || label.fromGlobal;
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
