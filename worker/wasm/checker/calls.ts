// SPDX-License-Identifier: MIT
import type { Branches } from './branches.ts';
import type { CallGraph } from './call-graph.ts';
import type { Exceptions } from './exceptions.ts';
import { OP } from './instruction-set.ts';
import { HIGHEST_CODE, WEIGHT } from './limits.ts';
import type { ModuleFacts } from './module-facts.ts';
import { DEPTH, HOLDS, mergeSolvent, NEVER, PATHS, setUnreachable } from './paths.ts';
import type { Summaries, Summary } from './summaries.ts';
import { VALUE } from './value-stack.ts';
import type { Variables } from './variables.ts';
import type { Walk } from './walk.ts';

/** An edge of the call graph that a way without a charge leads to. */
export type ReportUncharged = (caller: number, callee: number) => void;

/** What is known of the functions of a module besides the one that is followed. */
interface Callees {
  readonly graph: CallGraph;
  readonly summaries: Summaries;
  readonly reportUncharged: ReportUncharged;
}

/**
 * Calls are as long as their callees were found to be, and change what those change. On every circle of calls lies
 * one whose callee is not proved yet: that one must be polled and counted.
 */
export class Calls {
  readonly #facts: ModuleFacts;
  readonly #graph: CallGraph;
  readonly #summaries: Summaries;
  readonly #reportUncharged: ReportUncharged;
  readonly #walk: Walk;
  readonly #variables: Variables;
  readonly #branches: Branches;
  readonly #exceptions: Exceptions;
  /** whether the function needs that those of its recursion leave the depth as they found it */
  reliesOnKeptDepth = false;
  #index = 0;
  #component = 0;

  constructor(
    facts: ModuleFacts,
    { graph, summaries, reportUncharged }: Callees,
    walk: Walk,
    variables: Variables,
    branches: Branches,
    exceptions: Exceptions,
  ) {
    this.#facts = facts;
    this.#graph = graph;
    this.#summaries = summaries;
    this.#reportUncharged = reportUncharged;
    this.#walk = walk;
    this.#variables = variables;
    this.#branches = branches;
    this.#exceptions = exceptions;
  }

  begin(index: number): void {
    this.#index = index;
    this.#component = this.#graph.component[index] ?? 0;
    this.reliesOnKeptDepth = false;
  }

  #slowCall(opcode: number, typeClass: number): void {
    const walk = this.#walk;
    const { stack } = walk;
    const place = stack.pop();
    const index = stack.p;
    const isRight =
      opcode === OP.callIndirect &&
      typeClass === this.#facts.slowTypeClass &&
      place === VALUE.const32 &&
      index === 0;
    if (!isRight) walk.refuse('it calls the slow function in a way of its own');
    const argument = stack.pop();
    walk.notCounted();
    walk.weight += WEIGHT.call;
    if (argument === VALUE.fuel) return stack.push(VALUE.refilled);
    const isCode = argument === VALUE.code || (argument === VALUE.const64 && stack.p <= HIGHEST_CODE);
    if (!isCode) walk.refuse('it calls the slow function with something else than the counter');
    stack.push(VALUE.other);
  }

  callIndirect(opcode: number): void {
    const typeClass = this.#facts.typeClass[this.#walk.cursor.u32()] ?? 0;
    const table = this.#walk.cursor.u32();
    if (table === this.#facts.slowTable) return this.#slowCall(opcode, typeClass);
    this.call(this.#graph.classNode(typeClass), opcode === OP.returnCallIndirect);
  }

  call(node: number, replacesFrame: boolean): void {
    const walk = this.#walk;
    walk.stack.forget(walk.at);
    walk.weight += WEIGHT.call;
    if (walk.counted.isOpen) return this.#callWithinCount(node, replacesFrame);
    walk.flush();
    if (!walk.isReachable) return;
    const callee = this.#summaries.of(node);
    const isLater = !this.#summaries.isKnown(node);
    if (callee.touchesCounter) {
      this.#variables.touchesCounter = true;
      walk.mustHold(HOLDS.global, 'it makes a call while the counter is not where the callee looks for it');
    }
    this.#noteUncharged(node);
    if (isLater) this.#callLater(replacesFrame);
    walk.reach(callee.lead);
    this.#exceptions.mayThrow(callee.lead, isLater);
    this.#return(callee, isLater);
    if (!replacesFrame) return;
    this.#branches.leave();
    setUnreachable(walk.paths, 0);
  }

  /** A counted loop may call what knows nothing of the counter: it is as long as its longest way. */
  #callWithinCount(node: number, replacesFrame: boolean): void {
    const callee = this.#summaries.of(node);
    if (replacesFrame || !this.#summaries.isKnown(node) || callee.touchesCounter || callee.through < 0)
      this.#walk.notCounted();
    this.#walk.weight += callee.through;
  }

  /** On a circle of calls, one at least lies behind a charge. */
  #noteUncharged(node: number): void {
    if (this.#graph.component[node] !== this.#component) return;
    const { paths } = this.#walk;
    const unchargedFrom = Math.min(
      paths[PATHS.unchargedFrom] ?? NEVER,
      paths[PATHS.solvent + PATHS.unchargedFrom] ?? NEVER,
    );
    if (unchargedFrom === 0) this.#reportUncharged(this.#index, node);
  }

  /**
   * A call of what is not proved yet, as on every circle of calls one must be: on all ways to it lies a check, and
   * it is counted. All other calls lead to what is proved, and so to no circle.
   */
  #callLater(replacesFrame: boolean): void {
    const walk = this.#walk;
    const { paths } = walk;
    if ((paths[PATHS.sinceEntry] ?? -1) >= 0) walk.refuse('it can call itself again without a check');
    const depth = paths[PATHS.depth] ?? DEPTH.unknown;
    if (replacesFrame) {
      if (depth !== DEPTH.caller) walk.refuse('it replaces its frame without leaving its depth');
      return;
    }
    if (depth < DEPTH.own) walk.refuse('it can call itself again without counting its depth');
    if (depth === DEPTH.ownIfKept) this.reliesOnKeptDepth = true;
  }

  /** What is known when a call has come back. */
  #return(callee: Summary, isLater: boolean): void {
    const { paths } = this.#walk;
    if (!callee.returns) return setUnreachable(paths, 0);
    const { solvent } = PATHS;
    if (callee.touchesCounter) mergeSolvent(paths);
    for (const part of [0, solvent]) {
      const length = paths[part] ?? -1;
      if (length < 0) continue;
      const through = callee.through < 0 ? 0 : length + callee.through;
      paths[part] = Math.max(through, isLater ? 0 : callee.tail);
      if (callee.through < 0) paths[part + PATHS.unpolledFrom] = NEVER;
    }
    for (const since of [PATHS.sinceEntry, PATHS.sinceReturn]) {
      const length = paths[since] ?? -1;
      if (length >= 0) paths[since] = callee.through < 0 ? -1 : length + callee.through;
    }
    if ((paths[PATHS.sinceReturn] ?? -1) < 0) paths[PATHS.returnPlaces] = NEVER;
    if ((paths[PATHS.depth] ?? 0) >= DEPTH.own) this.#comeBack(0, this.#variables.places);
    else if (callee.afterReturn >= 0) this.#comeBack(callee.afterReturn, callee.returnPlaces);
    if (callee.leavesSolvent && callee.touchesCounter) {
      for (let field = 0; field < solvent; field++) {
        paths[solvent + field] = paths[field] ?? 0;
        paths[field] = field === 0 ? -1 : NEVER;
      }
    }
    if (callee.touchesCounter) this.#walk.setHolds(HOLDS.global, HOLDS.local);
    if (!callee.keepsDepth) paths[PATHS.depth] = DEPTH.unknown;
    else if (isLater && paths[PATHS.depth] === DEPTH.own) paths[PATHS.depth] = DEPTH.ownIfKept;
  }

  /** So much was done already, without a poll, on the way out of calls that were counted. */
  #comeBack(length: number, places: number): void {
    const { paths } = this.#walk;
    paths[PATHS.sinceReturn] = Math.max(length, paths[PATHS.sinceReturn] ?? -1);
    paths[PATHS.returnPlaces] = Math.min(places, paths[PATHS.returnPlaces] ?? NEVER);
  }
}
