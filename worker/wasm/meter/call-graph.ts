// SPDX-License-Identifier: MIT
import { OP } from '../instructions.ts';
import type { ModuleShape } from '../module-reader.ts';
import type { FunctionType } from '../value-types.ts';
import { type CallCircle, cutCircle } from './call-circle.ts';
import type { ScannedCode } from './scan.ts';
import { type StrongComponents, strongComponents } from './strong-components.ts';

/** Functions that may call each other in circles, or one that is on no circle; by their index in the module. */
export interface CallGroup {
  /** each after those that it calls, but for calls that are cut */
  readonly members: readonly number[];
  readonly isCircle: boolean;
}

/**
 * Who calls whom. Some calls are `cut`: without them there is no circle of calls. So a look at the fuel and a count
 * of the depth at these is enough.
 */
export interface CallGraph {
  /** all functions of the module itself; a group comes after those that it calls */
  readonly groups: readonly CallGroup[];
  /** whether a call (an event of the function) is cut */
  isCut(functionIndex: number, event: number): boolean;
  /** what the stack may have grown by, in places, since the last call that was cut, when this function makes the next */
  placesToCount(functionIndex: number): number;
  /** a number for the type that an indirect call (an event) asks for, and for that of a function that tables may hold */
  typeOfCall(event: number): number;
  typeOfHeld(functionIndex: number): number | undefined;
  /** whether nobody but direct calls of the module reach the function */
  isDirectOnly(functionIndex: number): boolean;
  /** the most places that the stack may have beyond those that are counted */
  readonly uncountedPlaces: number;
}

export function callGraph(shape: ModuleShape, code: ScannedCode): CallGraph {
  return new Builder(shape, code).build();
}

class Builder {
  readonly #code: ScannedCode;
  readonly #imported: number;
  readonly #own: number;
  /** by the index of a type: two types that are written twice are one, as calls by type do not tell them apart */
  readonly #typeNumbers: readonly number[];
  readonly #numberOfType: ReadonlyMap<FunctionType, number>;
  readonly #outside: ReadonlySet<number>;
  /** functions that a table may hold */
  readonly #held: ReadonlySet<number>;
  /** nodes: the module's own functions, then a node for each type, with edges to the functions that are held */
  readonly #components: StrongComponents;
  readonly #circles = new Map<number, CallCircle>();

  constructor(shape: ModuleShape, code: ScannedCode) {
    this.#code = code;
    this.#imported = shape.imports.length;
    this.#own = code.functions.length;
    this.#typeNumbers = numberTypes(shape.types);
    this.#numberOfType = new Map(shape.types.map((type, index) => [type, this.#typeNumbers[index] ?? 0]));
    this.#outside = calledFromOutside(shape);
    // What the host holds a function of, it can put into a table that it holds as well.
    this.#held = new Set([...code.referenced, ...(sharesTable(shape) ? this.#outside : [])]);
    const byType = this.#heldByType(shape.types.length);
    this.#components = strongComponents(this.#own + shape.types.length, (node) =>
      node < this.#own ? this.#targets(node) : (byType[node - this.#own] ?? []),
    );
  }

  build(): CallGraph {
    const groups = this.#groups();
    return {
      groups,
      isCut: (index, event) => this.#isCut(index - this.#imported, event),
      placesToCount: (index) => this.#circleOf(index - this.#imported)?.growth(index - this.#imported) ?? 0,
      typeOfCall: (event) => this.#typeNumbers[this.#code.events.argument(event)] ?? 0,
      typeOfHeld: (index) => {
        const type = this.#held.has(index) ? this.#code.functions[index - this.#imported]?.type : undefined;
        return type === undefined ? undefined : this.#numberOfType.get(type);
      },
      isDirectOnly: (index) => !this.#outside.has(index) && !this.#held.has(index),
      uncountedPlaces: this.#uncountedPlaces(),
    };
  }

  #heldByType(types: number): number[][] {
    const byType: number[][] = Array.from({ length: types }, () => []);
    for (const index of this.#held) {
      const type = this.#code.functions[index - this.#imported]?.type;
      if (type !== undefined) byType[this.#numberOfType.get(type) ?? 0]?.push(index - this.#imported);
    }
    return byType;
  }

  /** The node that a call leads to; below zero for what is imported. */
  #target(event: number): number {
    const { events } = this.#code;
    const argument = events.argument(event);
    return isDirect(events.opcode(event))
      ? argument - this.#imported
      : this.#own + (this.#typeNumbers[argument] ?? 0);
  }

  #targets(node: number): number[] {
    const scanned = this.#code.functions[node];
    if (scanned === undefined) return [];
    const targets = new Set<number>();
    for (let call = scanned.firstCall; call < scanned.endCall; call++) {
      const target = this.#target(this.#code.calls[call] ?? 0);
      if (target >= 0) targets.add(target);
    }
    return [...targets];
  }

  #groups(): CallGroup[] {
    const all: CallGroup[] = [];
    for (const nodes of this.#components.groups) {
      const functions = nodes.filter((node) => node < this.#own);
      const [first] = functions;
      if (first === undefined) continue;
      const isCircle = this.#components.isCircle(first);
      let members = functions;
      if (isCircle) {
        const circle = this.#cut(functions);
        this.#circles.set(this.#components.of(first), circle);
        members = [...circle.order];
      }
      all.push({ members: members.map((node) => node + this.#imported), isCircle });
    }
    return all;
  }

  #cut(functions: readonly number[]): CallCircle {
    const component = this.#components.of(functions[0] ?? 0);
    const inside = (node: number): boolean => this.#components.of(node) === component;
    return cutCircle(functions, {
      calls: (node) => this.#components.edges(node).filter((target) => target < this.#own && inside(target)),
      callsByType: (node) =>
        this.#components.edges(node).some((target) => target >= this.#own && inside(target)),
      places: (node) => this.#code.functions[node]?.places ?? 0,
    });
  }

  #circleOf(node: number): CallCircle | undefined {
    return this.#circles.get(this.#components.of(node));
  }

  #isCut(node: number, event: number): boolean {
    const circle = this.#circleOf(node);
    const target = this.#target(event);
    if (circle === undefined || target < 0) return false;
    if (this.#components.of(target) !== this.#components.of(node)) return false;
    return target >= this.#own || circle.isCut(node, target);
  }

  #uncountedPlaces(): number {
    const components = this.#components;
    const deepest = new Map<number, number>();
    let most = 0;
    for (const nodes of components.groups) {
      let own = 0;
      let below = 0;
      for (const node of nodes) {
        const places = this.#circleOf(node)?.deepest ?? this.#code.functions[node]?.places ?? 0;
        own = Math.max(own, places);
        for (const target of components.edges(node)) {
          const other = components.of(target);
          if (other !== components.of(node)) below = Math.max(below, deepest.get(other) ?? 0);
        }
      }
      deepest.set(components.of(nodes[0] ?? 0), own + below);
      most = Math.max(most, own + below);
    }
    return most;
  }
}

const isDirect = (opcode: number): boolean => opcode === OP.call || opcode === OP.returnCall;

function numberTypes(types: readonly FunctionType[]): number[] {
  const known = new Map<string, number>();
  return types.map(({ params, results }) => {
    const key = `${params.join()}>${results.join()}`;
    const number = known.get(key) ?? known.size;
    known.set(key, number);
    return number;
  });
}

function calledFromOutside(shape: ModuleShape): Set<number> {
  const outside = new Set<number>();
  for (const { kind, index } of shape.exports) if (kind === 'function') outside.add(index);
  if (shape.start !== undefined) outside.add(shape.start);
  return outside;
}

const sharesTable = ({ exports, importedTables }: ModuleShape): boolean =>
  importedTables > 0 || exports.some(({ kind }) => kind === 'table');
