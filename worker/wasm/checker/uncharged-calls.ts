// SPDX-License-Identifier: MIT
import { type CallGraph, findComponents } from './call-graph.ts';
import { NotProved } from './not-proved.ts';

/** Calls within recursions that are reached from the entry of their function without a charge. */
export class UnchargedCalls {
  readonly #graph: CallGraph;
  readonly #calleesOf = new Map<number, Set<number>>();

  constructor(graph: CallGraph) {
    this.#graph = graph;
  }

  add(caller: number, callee: number): void {
    const callees = this.#calleesOf.get(caller) ?? new Set();
    this.#calleesOf.set(caller, callees.add(callee));
  }

  /** @throws {NotProved} when functions can call each other in circles by such calls alone */
  refuseCycles(): void {
    if (this.#calleesOf.size === 0) return;
    const graph = this.#graph;
    const nodes = graph.component.length;
    const first = new Int32Array(nodes + 1);
    const targets: number[] = [];
    for (let node = 0; node < nodes; node++) {
      first[node] = targets.length;
      const members = graph.targets.subarray(graph.first[node], graph.first[node + 1]);
      const callees = node < graph.functions ? this.#calleesOf.get(node) : members;
      callees?.forEach((callee) => targets.push(callee));
    }
    first[nodes] = targets.length;
    const { component } = findComponents(nodes, first, Int32Array.from(targets));
    const sizes = new Int32Array(nodes);
    for (const one of component) sizes[one] = (sizes[one] ?? 0) + 1;
    for (const [caller, callees] of this.#calleesOf) {
      const isOnCycle = (sizes[component[caller] ?? 0] ?? 0) > 1 || callees.has(caller);
      if (isOnCycle) throw new NotProved('it can call itself again without a charge', 0, caller);
    }
  }
}
