// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import { type Events, FLAG } from './events.ts';
import type { ScannedFunction } from './scan.ts';

/** Units that may be burnt on one way through a function, and what it calls, before it looks at the fuel. */
const MOST_UNPOLLED = 1 << 14;

/** What holds at a place of a function, whatever way led there. */
interface Way {
  /** the most that may have been burnt since the fuel was looked at, or the function began */
  unpolled: number;
  /** whether the fuel was looked at since the function began */
  hasPolled: boolean;
  isLive: boolean;
}

interface Label {
  readonly opcode: number;
  readonly before: Way;
  readonly joined: Way;
  mayBeSkipped: boolean;
}

/**
 * Decides where a function looks at its fuel outside of loops, which always do: before a call that may come back to
 * it, so that no circle of calls goes without; and where so much was burnt that a pause would be late. Most
 * functions never do. It marks blocks and calls with `polls`.
 */
export class PollPlanner {
  readonly #events: Events;
  readonly #labels: Label[] = [];
  #way = begun();

  constructor(events: Events) {
    this.#events = events;
  }

  /**
   * @param unpolledIn what a call may burn without looking
   * @returns the most that may have been burnt since the last look when the function ends
   */
  plan({ firstEvent, endEvent }: ScannedFunction, unpolledIn: (call: number) => number): number {
    const events = this.#events;
    this.#labels.length = 0;
    this.#way = begun();
    this.#open(OP.block);
    for (let event = firstEvent; event < endEvent; event++) {
      const cost = events.cost(event);
      if (events.has(event, FLAG.beginsBlock)) {
        const recurses = events.has(event, FLAG.callsCut) && !this.#way.hasPolled;
        if (recurses || this.#way.unpolled + cost > MOST_UNPOLLED) this.#poll(event);
      }
      this.#way.unpolled += cost;
      if (events.opcode(event) === OP.call || events.opcode(event) === OP.callIndirect) {
        const burnt = unpolledIn(event);
        if (this.#way.unpolled + burnt > MOST_UNPOLLED) this.#poll(event);
        this.#way.unpolled += burnt;
      }
      this.#follow(event);
    }
    return this.#way.unpolled;
  }

  #poll(event: number): void {
    const hasJustPolled = this.#way.hasPolled && this.#way.unpolled === 0;
    if (!this.#way.isLive || hasJustPolled) return;
    this.#events.set(event, FLAG.polls);
    this.#way.unpolled = 0;
    this.#way.hasPolled = true;
  }

  #follow(event: number): void {
    const events = this.#events;
    const opcode = events.opcode(event);
    switch (opcode) {
      case OP.tryTable:
        // An exception may come from anywhere inside.
        for (const depth of events.catchTargets(event)) this.#branch(depth, Infinity);
        this.#open(opcode);
        break;
      case OP.block:
      case OP.try:
      case OP.if:
        this.#open(opcode);
        break;
      case OP.loop:
        this.#open(opcode);
        this.#way.unpolled = 0;
        this.#way.hasPolled = true;
        break;
      case OP.else: {
        const label = this.#labels.at(-1);
        if (label === undefined) break;
        join(label.joined, this.#way);
        label.mayBeSkipped = false;
        this.#way = { ...label.before };
        break;
      }
      case OP.catch:
      case OP.catchAll: {
        const label = this.#labels.at(-1);
        if (label === undefined) break;
        join(label.joined, this.#way);
        this.#way = { ...label.before, unpolled: Infinity };
        break;
      }
      case OP.end:
      case OP.delegate:
        this.#end();
        break;
      case OP.br:
        this.#branch(events.argument(event));
        this.#way.isLive = false;
        break;
      case OP.brIf:
        this.#branch(events.argument(event));
        break;
      case OP.brTable:
        for (const depth of events.targets(event)) this.#branch(depth);
        this.#way.isLive = false;
        break;
      case OP.return:
      case OP.returnCall:
      case OP.returnCallIndirect:
        this.#branch(this.#labels.length - 1);
        this.#way.isLive = false;
        break;
      case OP.unreachable:
      case OP.throw:
      case OP.rethrow:
      case OP.throwRef:
        this.#way.isLive = false;
        break;
      default:
    }
  }

  #open(opcode: number): void {
    this.#labels.push({
      opcode,
      before: { ...this.#way },
      joined: { unpolled: 0, hasPolled: true, isLive: false },
      mayBeSkipped: opcode === OP.if,
    });
  }

  #end(): void {
    const label = this.#labels.pop();
    if (label === undefined || label.opcode === OP.loop) return;
    join(label.joined, this.#way);
    if (label.mayBeSkipped) join(label.joined, label.before);
    this.#way = label.joined;
  }

  #branch(depth: number, atLeast = 0): void {
    const label = this.#labels[this.#labels.length - 1 - depth];
    // Loops look at the fuel where they begin.
    if (label === undefined || label.opcode === OP.loop) return;
    join(label.joined, { ...this.#way, unpolled: Math.max(this.#way.unpolled, atLeast) });
  }
}

const begun = (): Way => ({ unpolled: 0, hasPolled: false, isLive: true });

function join(joined: Way, way: Way): void {
  if (!way.isLive) return;
  joined.isLive = true;
  joined.hasPolled &&= way.hasPolled;
  joined.unpolled = Math.max(joined.unpolled, way.unpolled);
}
