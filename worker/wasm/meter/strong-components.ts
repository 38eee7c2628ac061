// SPDX-License-Identifier: MIT

/** A directed graph's nodes, grouped so that within a group each can be reached from each. */
export interface StrongComponents {
  /** a group comes after all the groups that it has edges to */
  readonly groups: readonly (readonly number[])[];
  /** the number of the group that a node belongs to */
  of(node: number): number;
  /** whether the node can be reached from itself */
  isCircle(node: number): boolean;
  edges(node: number): readonly number[];
}

/** Tarjan's algorithm, without recursion: calls of real programs are nested deeper than our own stack. */
export function strongComponents(
  nodes: number,
  edgesOf: (node: number) => readonly number[],
): StrongComponents {
  const edges = Array.from({ length: nodes }, (_, node) => edgesOf(node));
  const found = new Int32Array(nodes).fill(-1);
  const lowest = new Int32Array(nodes);
  const component = new Int32Array(nodes).fill(-1);
  const circular = new Uint8Array(nodes);
  const next = new Int32Array(nodes);
  const open: number[] = [];
  const path: number[] = [];
  const groups: number[][] = [];
  let time = 0;

  const enter = (node: number): void => {
    found[node] = lowest[node] = time++;
    open.push(node);
    path.push(node);
  };
  const keepLowest = (node: number, value: number): void => {
    lowest[node] = Math.min(lowest[node] ?? 0, value);
  };
  const leave = (node: number): void => {
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) keepLowest(parent, lowest[node] ?? 0);
    if (lowest[node] !== found[node]) return;
    const first = open.lastIndexOf(node);
    const members = open.splice(first);
    for (const member of members) {
      component[member] = groups.length;
      if (members.length > 1 || (edges[member] ?? []).includes(member)) circular[member] = 1;
    }
    groups.push(members);
  };

  for (let root = 0; root < nodes; root++) {
    if (found[root] !== -1) continue;
    enter(root);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const at = next[node] ?? 0;
      const target = edges[node]?.[at];
      next[node] = at + 1;
      if (target === undefined) leave(node);
      else if (found[target] === -1) enter(target);
      else if (component[target] === -1) keepLowest(node, found[target] ?? 0);
    }
  }
  return {
    groups,
    of: (node) => component[node] ?? -1,
    isCircle: (node) => circular[node] === 1,
    edges: (node) => edges[node] ?? [],
  };
}
