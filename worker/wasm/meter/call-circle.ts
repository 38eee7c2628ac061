// SPDX-License-Identifier: MIT

/** What is known of functions that may call each other in circles. Functions are nodes of the call graph. */
export interface CircleFacts {
  /** those of the circle that a function calls directly */
  calls(node: number): readonly number[];
  /** whether it also calls one of the circle through a table; such calls are always cut */
  callsByType(node: number): boolean;
  /** the size of its frame */
  places(node: number): number;
}

/** A circle of calls, and which of them are cut so that no circle is left. */
export interface CallCircle {
  /** each function after those that it calls, but for calls that are cut */
  readonly order: readonly number[];
  isCut(caller: number, callee: number): boolean;
  /** what the stack may have grown by since the last call that was cut, when the function makes the next, in places */
  growth(node: number): number;
  /** the most that it may have grown by */
  readonly deepest: number;
}

/**
 * Cuts the calls that lead back on a walk in depth. What is left has a deepest chain of frames down to each
 * function, its level: a call that is cut counts for what the level falls by, and the callee's frame.
 */
export function cutCircle(nodes: readonly number[], facts: CircleFacts): CallCircle {
  const order = finished(nodes, facts);
  const rank = new Map(order.map((node, at) => [node, at]));
  const isCut = (caller: number, callee: number): boolean =>
    (rank.get(callee) ?? 0) >= (rank.get(caller) ?? 0);

  const level = new Map<number, number>(order.map((node) => [node, facts.places(node)]));
  const levelOf = (node: number): number => level.get(node) ?? 0;
  for (const caller of order.toReversed())
    for (const callee of facts.calls(caller))
      if (!isCut(caller, callee))
        level.set(callee, Math.max(levelOf(callee), levelOf(caller) + facts.places(callee)));

  const growth = (node: number): number => {
    let most = facts.callsByType(node) ? levelOf(node) : facts.places(node);
    for (const callee of facts.calls(node))
      if (isCut(node, callee)) most = Math.max(most, levelOf(node) + facts.places(callee) - levelOf(callee));
    return most;
  };
  const deepest = order.reduce((most, node) => Math.max(most, levelOf(node)), 0);
  return { order, isCut, growth, deepest };
}

/** The order in which a walk in depth is done with the functions. */
function finished(nodes: readonly number[], facts: CircleFacts): number[] {
  const seen = new Set<number>();
  const order: number[] = [];
  const path: { node: number; callees: readonly number[]; next: number }[] = [];
  const enter = (node: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    path.push({ node, callees: facts.calls(node), next: 0 });
  };
  for (const root of nodes) {
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const callee = top.callees[top.next++];
      if (callee !== undefined) enter(callee);
      else order.push((path.pop() ?? top).node);
    }
  }
  return order;
}
