// SPDX-License-Identifier: MIT
import { Cursor } from './cursor.ts';
import { OP } from './instruction-set.ts';
import type { ModuleFacts } from './module-facts.ts';

/**
 * Who may call whom. A node is a function, or the class of a type: an indirect call goes to its class, and from there
 * to every function of that type that a table or a reference may hold.
 */
export interface CallGraph {
  readonly functions: number;
  /** callees before callers, but for calls that look as if they were counted: the proof decides whether they are */
  readonly order: Int32Array;
  /** of each node: nodes that can reach each other share one */
  readonly component: Int32Array;
  /** the node of an indirect call by this class of types */
  readonly classNode: (typeClass: number) => number;
  /** the edges of a node are `targets[first[node]]` up to `targets[first[node + 1]]` */
  readonly first: Int32Array;
  readonly targets: Int32Array;
}

/** A list of numbers that grows. */
class Numbers {
  items = new Int32Array(4096);
  length = 0;

  push(value: number): void {
    if (this.length === this.items.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.length++] = value;
  }
}

/** @param passed called with the bytes of each function */
export function readCallGraph(facts: ModuleFacts, passed: (bytes: number) => void): CallGraph {
  const functions = facts.functionTypes.length;
  const nodes = functions + facts.typeClasses;
  const first = new Int32Array(nodes + 1);
  const targets = new Numbers();
  const firstUncounted = new Int32Array(nodes + 1);
  const uncounted = new Numbers();
  const scan = new CallScan(facts, targets, uncounted);
  for (let index = 0; index < functions; index++) {
    first[index] = targets.length;
    firstUncounted[index] = uncounted.length;
    if (index >= facts.importedFunctions) passed(scan.read(index));
  }
  addMembers(facts, first, targets);
  const edges = targets.items.subarray(0, targets.length);
  for (let node = functions; node <= nodes; node++) {
    firstUncounted[node] = uncounted.length;
    for (const member of edges.subarray(first[node], first[node + 1] ?? first[node])) uncounted.push(member);
  }
  const { component } = findComponents(nodes, first, edges);
  const { order } = findComponents(nodes, firstUncounted, uncounted.items);
  return {
    functions,
    order,
    component,
    classNode: (typeClass) => functions + typeClass,
    first,
    targets: edges,
  };
}

/** Reads the calls of functions, and the functions that they refer to. */
class CallScan {
  readonly #facts: ModuleFacts;
  readonly #all: Numbers;
  readonly #uncounted: Numbers;

  constructor(facts: ModuleFacts, all: Numbers, uncounted: Numbers) {
    this.#facts = facts;
    this.#all = all;
    this.#uncounted = uncounted;
  }

  /** @returns the size of the function in bytes */
  read(index: number): number {
    const facts = this.#facts;
    const defined = index - facts.importedFunctions;
    const start = facts.bodyStart[defined] ?? 0;
    const cursor = new Cursor(facts.bytes, start, facts.bodyEnd[defined]);
    skipLocals(cursor);
    const { end } = cursor;
    const depth = new DepthHint(facts.depth);
    while (cursor.position < end) {
      const opcode = cursor.byte();
      switch (opcode) {
        case OP.call:
        case OP.returnCall:
          this.#add(cursor.u32(), depth.isCounted);
          break;
        case OP.callIndirect:
        case OP.returnCallIndirect:
          this.#addIndirect(facts.typeClass[cursor.u32()] ?? 0, cursor.u32(), depth.isCounted);
          break;
        case OP.refFunc:
          facts.referred[cursor.u32()] = 1;
          break;
        case OP.localGet:
        case OP.localTee:
        case OP.globalGet:
        case OP.globalSet:
          depth.see(opcode, cursor.u32());
          continue;
        default:
          cursor.skipImmediates(opcode);
      }
      depth.see(opcode, -1);
    }
    return end - start;
  }

  /** The slow function is the host's, and the only one in its table: no function of the module is called there. */
  #addIndirect(typeClass: number, table: number, isCounted: boolean): void {
    if (table !== this.#facts.slowTable) this.#add(this.#facts.functionTypes.length + typeClass, isCounted);
  }

  #add(target: number, isCounted: boolean): void {
    this.#all.push(target);
    if (!isCounted) this.#uncounted.push(target);
  }
}

/** What comes behind these is reached from elsewhere. */
const ENDS_WAY: ReadonlySet<number> = new Set([
  OP.unreachable,
  OP.br,
  OP.brTable,
  OP.return,
  OP.throw,
  OP.rethrow,
]);

/**
 * Guesses from the text alone where the depth of a frame is counted: from where its own depth is written to the
 * global until another is. Only the order in which functions are looked at follows from it.
 */
class DepthHint {
  isCounted = false;
  readonly #global: number;
  #own = -1;
  #lastGet = -1;
  #steps = 0;

  constructor(global: number) {
    this.#global = global;
  }

  see(opcode: number, index: number): void {
    if (ENDS_WAY.has(opcode)) this.isCounted = false;
    const lastGet = this.#lastGet;
    this.#lastGet = opcode === OP.localGet ? index : -1;
    if (opcode === OP.globalGet && index === this.#global) this.#steps = 1;
    else if (this.#steps === 1 && opcode === OP.i32Const) this.#steps = 2;
    else if (this.#steps === 2 && opcode === OP.i32Add) this.#steps = 3;
    else {
      if (this.#steps === 3 && opcode === OP.localTee) this.#own = index;
      this.#steps = 0;
    }
    if (opcode === OP.globalSet && index === this.#global)
      this.isCounted = lastGet !== -1 && lastGet === this.#own;
  }
}

export function skipLocals(cursor: Cursor): void {
  for (let left = cursor.u32(); left > 0; left--) {
    cursor.skipLeb();
    cursor.byte();
  }
}

/** From each class of types to the functions of that type that can be called indirectly. */
function addMembers(facts: ModuleFacts, first: Int32Array, targets: Numbers): void {
  const functions = facts.functionTypes.length;
  const members = Array.from({ length: facts.typeClasses }, (): number[] => []);
  for (let index = 0; index < functions; index++) {
    if (facts.referred[index] === 1) members[classOf(facts, index)]?.push(index);
  }
  members.forEach((list, typeClass) => {
    first[functions + typeClass] = targets.length;
    for (const member of list) targets.push(member);
  });
  first[functions + facts.typeClasses] = targets.length;
}

export const classOf = (facts: ModuleFacts, functionIndex: number): number =>
  facts.typeClass[facts.functionTypes[functionIndex] ?? 0] ?? 0;

/** Tarjan's strongly connected components, without recursion. */
export function findComponents(
  nodes: number,
  first: Int32Array,
  targets: Int32Array,
): { order: Int32Array; component: Int32Array } {
  const order = new Int32Array(nodes);
  const component = new Int32Array(nodes).fill(-1);
  const visited = new Int32Array(nodes);
  const lowest = new Int32Array(nodes);
  const nextEdge = new Int32Array(nodes);
  const path = new Int32Array(nodes);
  const open = new Int32Array(nodes);
  let pathLength = 0;
  let opened = 0;
  let clock = 0;
  let ordered = 0;
  let components = 0;

  const enter = (node: number): void => {
    clock += 1;
    visited[node] = lowest[node] = clock;
    nextEdge[node] = first[node] ?? 0;
    path[pathLength++] = node;
    open[opened++] = node;
  };
  const lower = (node: number, to: number): void => {
    if (to < (lowest[node] ?? 0)) lowest[node] = to;
  };
  const leave = (node: number): void => {
    pathLength -= 1;
    if (pathLength > 0) lower(path[pathLength - 1] ?? 0, lowest[node] ?? 0);
    if (lowest[node] !== visited[node]) return;
    let member: number;
    do {
      member = open[--opened] ?? node;
      component[member] = components;
      order[ordered++] = member;
    } while (member !== node);
    components += 1;
  };

  for (let root = 0; root < nodes; root++) {
    if (visited[root] !== 0) continue;
    enter(root);
    while (pathLength > 0) {
      const node = path[pathLength - 1] ?? 0;
      const edge = nextEdge[node] ?? 0;
      if (edge === first[node + 1]) {
        leave(node);
        continue;
      }
      nextEdge[node] = edge + 1;
      const target = targets[edge] ?? 0;
      if (visited[target] === 0) enter(target);
      else if (component[target] === -1) lower(node, visited[target] ?? 0);
    }
  }
  return { order, component };
}
