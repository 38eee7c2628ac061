// SPDX-License-Identifier: MIT
import { type CallGraph, classOf } from './call-graph.ts';
import type { ModuleFacts } from './module-facts.ts';
import { NEVER } from './paths.ts';

/** What callers need to know of a function, or of all that an indirect call may reach. Lengths are in instructions. */
export interface Summary {
  /** the longest way from the entry to the first poll, or to the exit */
  readonly lead: number;
  /** the longest way from the entry to an exit without a poll; -1: there is none */
  readonly through: number;
  /** the longest way from the last poll to an exit */
  readonly tail: number;
  readonly touchesCounter: boolean;
  readonly returns: boolean;
  /** the longest way to an exit without a poll since a counted call came back, and the places it counted for; -1: none */
  readonly afterReturn: number;
  readonly returnPlaces: number;
  /** the counter is not below zero at any exit */
  readonly leavesSolvent: boolean;
  /** the depth global has what it had when it was called */
  readonly keepsDepth: boolean;
}

/** The host's functions: they charge for themselves, and the host is trusted to be short. */
const IMPORTED: Summary = {
  lead: 0,
  through: 0,
  tail: 0,
  afterReturn: -1,
  returnPlaces: NEVER,
  touchesCounter: true,
  returns: true,
  leavesSolvent: false,
  keepsDepth: true,
};

/**
 * Summaries of the functions that are proved so far, and of each class of types from its members. What a function is
 * called for before it is proved is taken from an earlier round: lead and through do not depend on such calls, as a
 * poll lies before them.
 */
export class Summaries {
  readonly #facts: ModuleFacts;
  readonly #graph: CallGraph;
  readonly #known: (Summary | undefined)[];
  /** members of each class that are not proved yet */
  readonly #missing: Int32Array;
  readonly #earlier: Summaries | undefined;
  /** whether anything was asked for before it was proved */
  wasEarly = false;

  constructor(facts: ModuleFacts, graph: CallGraph, earlier?: Summaries) {
    const nodes = graph.component.length;
    this.#facts = facts;
    this.#graph = graph;
    this.#known = Array.from({ length: nodes });
    this.#missing = new Int32Array(nodes);
    this.#earlier = earlier;
    for (let node = graph.functions; node < nodes; node++)
      this.#missing[node] = (graph.first[node + 1] ?? 0) - (graph.first[node] ?? 0);
    for (let index = 0; index < facts.importedFunctions; index++) this.set(index, IMPORTED);
  }

  /** Whether all that a call may reach is proved. */
  isKnown(node: number): boolean {
    return node < this.#graph.functions ? this.#known[node] !== undefined : this.#missing[node] === 0;
  }

  of(node: number): Summary {
    const known = this.#known[node] ?? IMPORTED;
    if (this.isKnown(node)) return known;
    this.wasEarly = true;
    const { lead, through } = this.#earlier?.of(node) ?? IMPORTED;
    return { ...IMPORTED, lead, through };
  }

  set(index: number, summary: Summary): void {
    this.#known[index] = summary;
    if (this.#facts.referred[index] !== 1) return;
    const node = this.#classNode(index);
    const others = this.#known[node];
    const byTable = { ...summary, touchesCounter: true };
    this.#known[node] = others === undefined ? byTable : joined(others, byTable);
    this.#missing[node] = (this.#missing[node] ?? 0) - 1;
  }

  #classNode(index: number): number {
    return this.#graph.classNode(classOf(this.#facts, index));
  }
}

const joined = (a: Summary, b: Summary): Summary => ({
  lead: Math.max(a.lead, b.lead),
  through: Math.max(a.through, b.through),
  tail: Math.max(a.tail, b.tail),
  afterReturn: Math.max(a.afterReturn, b.afterReturn),
  returnPlaces: Math.min(a.returnPlaces, b.returnPlaces),
  touchesCounter: a.touchesCounter || b.touchesCounter,
  returns: a.returns || b.returns,
  leavesSolvent: a.leavesSolvent && b.leavesSolvent,
  keepsDepth: a.keepsDepth && b.keepsDepth,
});
