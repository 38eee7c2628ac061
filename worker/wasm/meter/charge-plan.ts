// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import { type Events, FLAG } from './events.ts';
import { FlowClasses } from './flow-classes.ts';
import type { ScannedFunction } from './scan.ts';

/** Units that a caller prepays at most. */
const MOST_PREPAID = 1 << 16;
/** Passes over a function until its charges stand still; functions that need more are charged block by block. */
const MOST_SWEEPS = 12;
const NOWHERE = -1;
const EXIT = 0;
const ENTRY = 1;

export interface ChargeWishes {
  /** what a call costs beyond its own price, because the callee counts on it */
  prepaidAt(event: number): number;
  /** whether charges may be made earlier than in their own block */
  readonly merge: boolean;
  /** units that every caller has paid already; undefined to find out how many that may be */
  readonly entry: number | undefined;
}

interface Label {
  readonly target: number;
  readonly isLoop: boolean;
  /** where an `if` goes on when its condition is false; until its `else` */
  otherwise: number;
  readonly isLive: boolean;
  reached: boolean;
}

/**
 * Decides what each basic block of a function is charged (METERING.md section 2.2), so that every way through the
 * function costs exactly the sum of its blocks, but most of it is charged early and at once.
 *
 * Edges of the flow that share a source or a target form a class. Each class has a number: the units that were
 * charged before and belong to what comes later. A block is charged its own cost, and what its outgoing class
 * wants, less what its incoming class brings. The largest such numbers are the cheapest ways to the exit. Along
 * every way the numbers cancel out; a way that traps may have paid for what it did not reach.
 */
export class ChargePlanner {
  readonly #events: Events;
  readonly #classes = new FlowClasses();
  readonly #labels: Label[] = [];
  #first: number[] = [];
  #cost: number[] = [];
  /** what of it has to be charged in the block itself */
  #own: number[] = [];
  #in: number[] = [];
  #out: number[] = [];
  #isLive = true;

  constructor(events: Events) {
    this.#events = events;
  }

  /**
   * Writes the charges of a function's blocks to its events.
   * @returns the units that its callers may or do prepay
   */
  plan(scanned: ScannedFunction, wishes: ChargeWishes): number {
    this.#readBlocks(scanned, wishes);
    if (!wishes.merge) return this.#chargeWhole(wishes.entry);
    return this.#chargeMerged(wishes.entry);
  }

  /** Every block pays for itself; callers can pay for the first, which is always run. */
  #chargeWhole(entry: number | undefined): number {
    const prepaid = entry ?? Math.min((this.#cost[0] ?? 0) - (this.#own[0] ?? 0), MOST_PREPAID);
    for (let block = 0; block < this.#first.length; block++)
      this.#events.setCharge(this.#first[block] ?? 0, (this.#cost[block] ?? 0) - (block === 0 ? prepaid : 0));
    return prepaid;
  }

  #chargeMerged(entry: number | undefined): number {
    const ahead = this.#solve(entry);
    const prepaid = entry ?? Math.min(ahead(ENTRY), MOST_PREPAID);
    const brought = (edges: number): number => (edges === ENTRY ? prepaid : ahead(edges));
    for (let block = 0; block < this.#first.length; block++) {
      const after = this.#out[block] ?? NOWHERE;
      const wanted = (this.#cost[block] ?? 0) + (after === NOWHERE ? 0 : ahead(after));
      this.#events.setCharge(
        this.#first[block] ?? 0,
        Math.max(0, wanted - brought(this.#in[block] ?? NOWHERE)),
      );
    }
    return prepaid;
  }

  /** @returns for a class of edges, what of the cheapest way from there to the exit is charged before it */
  #solve(entry: number | undefined): (edges: number) => number {
    const classes = this.#classes;
    const least = new Float64Array(classes.count).fill(Infinity);
    least[EXIT] = 0;
    const blocks = this.#first.length;
    const into = this.#in.map((edges) => (edges === NOWHERE ? NOWHERE : classes.find(edges)));
    const outOf = this.#out.map((edges) => (edges === NOWHERE ? NOWHERE : classes.find(edges)));
    let changes = true;
    for (let sweep = 0; changes && sweep < MOST_SWEEPS; sweep++) {
      changes = false;
      for (let block = blocks - 1; block >= 0; block--) {
        const before = into[block] ?? NOWHERE;
        const after = outOf[block] ?? NOWHERE;
        if (before === NOWHERE || before === EXIT || after === NOWHERE) continue;
        const way = (this.#cost[block] ?? 0) - (this.#own[block] ?? 0) + (least[after] ?? 0);
        if (way >= (least[before] ?? 0)) continue;
        least[before] = way;
        changes = true;
      }
    }
    const standsStill = !changes;
    return (edges) => {
      if (edges === NOWHERE || !standsStill) return 0;
      if (edges === ENTRY && entry !== undefined) return entry;
      const units = least[classes.find(edges)] ?? 0;
      return units === Infinity ? 0 : units;
    };
  }

  #readBlocks({ firstEvent, endEvent }: ScannedFunction, wishes: ChargeWishes): void {
    const events = this.#events;
    this.#classes.clear();
    this.#first = [];
    this.#cost = [];
    this.#own = [];
    this.#in = [];
    this.#out = [];
    this.#labels.length = 0;
    const exit = this.#classes.add();
    const entry = this.#classes.add();
    this.#labels.push({ target: exit, isLoop: false, otherwise: NOWHERE, isLive: true, reached: true });
    this.#isLive = true;
    let next = entry;
    let isOpen = false;
    let cost = 0;
    let own = 0;
    for (let event = firstEvent; event < endEvent; event++) {
      if (!isOpen) {
        isOpen = true;
        cost = own = 0;
        events.set(event, FLAG.beginsBlock);
        this.#first.push(event);
        this.#in.push(this.#isLive ? next : NOWHERE);
      }
      cost += events.cost(event);
      // Every circle of calls shows a charge where it is cut: so the checker sees it without adding up a circle.
      if (events.has(event, FLAG.cutCall)) own = 1;
      const opcode = events.opcode(event);
      if (opcode === OP.call || opcode === OP.returnCall) cost += wishes.prepaidAt(event);
      const after = this.#follow(opcode, event);
      if (after === undefined) continue;
      // Nobody runs what cannot be reached: it is charged nothing.
      const wasLive = this.#in.at(-1) !== NOWHERE;
      this.#cost.push(wasLive ? cost : 0);
      this.#own.push(own);
      this.#out.push(wasLive ? after.out : NOWHERE);
      next = after.next;
      isOpen = false;
    }
  }

  /** @returns where the block that ends here goes, and what comes into the one that follows; undefined inside a block */
  #follow(opcode: number, event: number): { out: number; next: number } | undefined {
    const classes = this.#classes;
    switch (opcode) {
      case OP.tryTable:
        for (const depth of this.#events.catchTargets(event)) this.#branch(depth);
        this.#open(classes.add(), false);
        return undefined;
      case OP.block:
      case OP.try:
        this.#open(classes.add(), false);
        return undefined;
      case OP.loop: {
        const header = classes.add();
        this.#open(header, true);
        return { out: header, next: header };
      }
      case OP.if: {
        const arms = classes.add();
        this.#open(classes.add(), false, arms);
        return { out: arms, next: arms };
      }
      case OP.else:
        return this.#else();
      case OP.end:
        return this.#end();
      case OP.br:
        return this.#leave(this.#branch(this.#events.argument(event)));
      case OP.brIf: {
        const target = this.#branch(this.#events.argument(event));
        return { out: target, next: target };
      }
      case OP.brTable:
        return this.#leave(this.#table(event));
      case OP.return:
      case OP.returnCall:
      case OP.returnCallIndirect:
        return this.#leave(EXIT);
      case OP.unreachable:
      case OP.throw:
      case OP.rethrow:
      case OP.throwRef:
        return this.#leave(NOWHERE);
      case OP.catch:
      case OP.catchAll: {
        const label = this.#labels.at(-1);
        const out = label?.target ?? EXIT;
        if (label !== undefined && this.#isLive) label.reached = true;
        this.#isLive = label?.isLive ?? true;
        return { out, next: classes.add() };
      }
      case OP.delegate:
        return this.#end();
      default:
        return undefined;
    }
  }

  #open(target: number, isLoop: boolean, otherwise = NOWHERE): void {
    this.#labels.push({ target, isLoop, otherwise, isLive: this.#isLive, reached: false });
  }

  #else(): { out: number; next: number } {
    const label = this.#labels.at(-1);
    if (label === undefined) return { out: EXIT, next: EXIT };
    if (this.#isLive) label.reached = true;
    this.#isLive = label.isLive;
    const next = label.otherwise;
    label.otherwise = NOWHERE;
    return { out: label.target, next };
  }

  /** Nothing branches to the end of a loop: what follows belongs to the same block. */
  #end(): { out: number; next: number } | undefined {
    const label = this.#labels.pop();
    if (label === undefined || label.isLoop) return undefined;
    if (label.otherwise !== NOWHERE && label.isLive) {
      this.#classes.unite(label.otherwise, label.target);
      label.reached = true;
    }
    this.#isLive ||= label.reached;
    return { out: label.target, next: label.target };
  }

  #leave(out: number): { out: number; next: number } {
    this.#isLive = false;
    return { out, next: NOWHERE };
  }

  #branch(depth: number): number {
    const label = this.#labels[this.#labels.length - 1 - depth];
    if (label === undefined) return EXIT;
    if (this.#isLive) label.reached = true;
    return label.target;
  }

  #table(event: number): number {
    let all = NOWHERE;
    for (const depth of this.#events.targets(event)) {
      const target = this.#branch(depth);
      if (all === NOWHERE || !this.#isLive) all = target;
      else this.#classes.unite(all, target);
    }
    return all;
  }
}
