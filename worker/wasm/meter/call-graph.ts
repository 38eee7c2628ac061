// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import type { ModuleShape } from '../module-reader.ts';
import type { FunctionType } from '../value-types.ts';
import type { ScannedCode } from './scan.ts';
import { strongComponents } from './strong-components.ts';

/** Who calls whom, and who may be called again before it has returned. Functions by their index in the module. */
export interface CallGraph {
  /** the module's own functions; those that may call each other in circles together, after those that they call */
  readonly groups: readonly (readonly number[])[];
  /** whether the function is on a circle of calls */
  isRecursive(functionIndex: number): boolean;
  /** whether a call (an event of the function) may come back to the function */
  mayComeBack(functionIndex: number, event: number): boolean;
  /** a number for the type that an indirect call (an event) asks for, and for that of a function that tables may hold */
  typeOfCall(event: number): number;
  typeOfHeld(functionIndex: number): number | undefined;
  /** whether nobody but direct calls of the module reach the function */
  isDirectOnly(functionIndex: number): boolean;
  /** the longest chain of frames in places, where every circle of calls counts with its largest frame once */
  readonly deepestChain: number;
}

/** Two types that are written twice are one type: calls by type do not tell them apart. */
function typeNumbers(types: readonly FunctionType[]): number[] {
  const known = new Map<string, number>();
  return types.map(({ params, results }) => {
    const key = `${params.join()}>${results.join()}`;
    const number = known.get(key) ?? known.size;
    known.set(key, number);
    return number;
  });
}

export function callGraph(shape: ModuleShape, code: ScannedCode): CallGraph {
  const imported = shape.imports.length;
  const own = code.functions.length;
  const typeOf = typeNumbers(shape.types);
  const numberOfType = new Map(shape.types.map((type, index) => [type, typeOf[index] ?? 0]));
  const outside = calledFromOutside(shape);
  const held = new Set(code.referenced);
  // What the host holds a function of it can put into a table that it holds as well.
  if (sharesTable(shape)) for (const index of outside) held.add(index);

  // Nodes: the module's own functions, then one for each type, whose edges lead to the functions that tables may hold.
  const byType: number[][] = Array.from({ length: shape.types.length }, () => []);
  for (const index of held) {
    const type = code.functions[index - imported]?.type;
    if (type !== undefined) byType[numberOfType.get(type) ?? 0]?.push(index - imported);
  }
  const targetOf = (event: number): number => {
    const opcode = code.events.opcode(event);
    const argument = code.events.argument(event);
    const direct = opcode === OP.call || opcode === OP.returnCall;
    return direct ? argument - imported : own + (typeOf[argument] ?? 0);
  };
  const components = strongComponents(own + shape.types.length, (node) => {
    if (node >= own) return byType[node - own] ?? [];
    const { firstCall, endCall } = code.functions[node] ?? { firstCall: 0, endCall: 0 };
    const targets: number[] = [];
    for (let call = firstCall; call < endCall; call++) {
      const target = targetOf(code.calls[call] ?? 0);
      if (target >= 0) targets.push(target);
    }
    return targets;
  });

  return {
    groups: groups(),
    isRecursive: (index) => components.isCircle(index - imported),
    mayComeBack: (index, event) => components.isCircle(index - imported) && inSame(index, event),
    typeOfCall: (event) => typeOf[code.events.argument(event)] ?? 0,
    typeOfHeld: (index) => {
      const type = held.has(index) ? code.functions[index - imported]?.type : undefined;
      return type === undefined ? undefined : numberOfType.get(type);
    },
    isDirectOnly: (index) => !outside.has(index) && !held.has(index),
    deepestChain: deepestChain(),
  };

  function inSame(index: number, event: number): boolean {
    const target = targetOf(event);
    return target >= 0 && components.of(target) === components.of(index - imported);
  }

  function groups(): number[][] {
    const all: number[][] = [];
    let last = -1;
    for (const node of components.order) {
      if (node >= own) continue;
      const component = components.of(node);
      if (component === last) all.at(-1)?.push(node + imported);
      else all.push([node + imported]);
      last = component;
    }
    return all;
  }

  function deepestChain(): number {
    const below: number[] = [];
    const frames: number[] = [];
    const places = (node: number): number => code.functions[node]?.places ?? 0;
    for (const node of components.order) {
      const component = components.of(node);
      frames[component] = Math.max(frames[component] ?? 0, places(node));
      for (const target of components.edges(node)) {
        const other = components.of(target);
        if (other !== component)
          below[component] = Math.max(below[component] ?? 0, (below[other] ?? 0) + (frames[other] ?? 0));
      }
    }
    return frames.reduce((most, frame, component) => Math.max(most, frame + (below[component] ?? 0)), 0);
  }
}

function calledFromOutside(shape: ModuleShape): Set<number> {
  const outside = new Set<number>();
  for (const { kind, index } of shape.exports) if (kind === 'function') outside.add(index);
  if (shape.start !== undefined) outside.add(shape.start);
  return outside;
}

const sharesTable = ({ exports, importedTables }: ModuleShape): boolean =>
  importedTables > 0 || exports.some(({ kind }) => kind === 'table');
