// SPDX-License-Identifier: MIT
import fc from 'fast-check';

import { op, wasmModule } from './wasm-builder.ts';

/*
 * Random programs with loops, and a model of them that knows nothing of the meter: it counts fuel by walking the
 * program and adding up the price list of METERING.md.
 */

const VARIABLES = 4;

type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'variable'; readonly index: number }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly argument: Expression };

type Statement =
  | { readonly kind: 'assign'; readonly variable: number; readonly value: Expression }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly then: Statements;
      readonly otherwise: Statements | null;
    }
  /** counts its own variable down from a small number; leaves early when the expression is odd */
  | {
      readonly kind: 'loop';
      readonly rounds: number;
      readonly body: Statements;
      readonly leaveWhen: Expression | null;
    }
  | {
      readonly kind: 'block';
      readonly body: Statements;
      readonly leaveWhen: Expression;
      readonly rest: Statements;
    }
  | { readonly kind: 'return'; readonly condition: Expression };
type Statements = readonly Statement[];

export interface Program {
  readonly main: Statements;
  /** what the called function does with its argument before it returns it */
  readonly called: Statements;
}

const OPERATORS = {
  add: { opcode: 0x6a, cost: 1, apply: (a: number, b: number) => (a + b) | 0 },
  sub: { opcode: 0x6b, cost: 1, apply: (a: number, b: number) => (a - b) | 0 },
  mul: { opcode: 0x6c, cost: 1, apply: (a: number, b: number) => Math.imul(a, b) },
  xor: { opcode: 0x73, cost: 1, apply: (a: number, b: number) => a ^ b },
  lessThan: { opcode: 0x48, cost: 1, apply: (a: number, b: number) => (a < b ? 1 : 0) },
} as const;
type Operator = keyof typeof OPERATORS;

const expression = (calls: boolean): fc.Arbitrary<Expression> =>
  fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ kind: fc.constant('constant' as const), value: fc.integer() }),
      fc.record({ kind: fc.constant('variable' as const), index: fc.nat(VARIABLES - 1) }),
      fc.record({
        kind: fc.constant('binary' as const),
        operator: fc.constantFrom(...(Object.keys(OPERATORS) as Operator[])),
        left: tie('expression'),
        right: tie('expression'),
      }),
      ...(calls ? [fc.record({ kind: fc.constant('call' as const), argument: tie('expression') })] : []),
    ),
  })).expression;

const statements = (calls: boolean): fc.Arbitrary<Statements> =>
  fc.letrec<{ list: Statements; statement: Statement }>((tie) => ({
    list: fc.array(tie('statement'), { maxLength: 4 }),
    statement: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({
        kind: fc.constant('assign' as const),
        variable: fc.nat(VARIABLES - 1),
        value: expression(calls),
      }),
      fc.record({ kind: fc.constant('return' as const), condition: expression(calls) }),
      fc.record({
        kind: fc.constant('if' as const),
        condition: expression(calls),
        then: tie('list'),
        otherwise: fc.option(tie('list')),
      }),
      fc.record({
        kind: fc.constant('loop' as const),
        rounds: fc.integer({ min: 1, max: 5 }),
        body: tie('list'),
        leaveWhen: fc.option(expression(calls)),
      }),
      fc.record({
        kind: fc.constant('block' as const),
        body: tie('list'),
        leaveWhen: expression(calls),
        rest: tie('list'),
      }),
    ),
  })).list;

export const programs: fc.Arbitrary<Program> = fc.record({
  main: statements(true),
  called: statements(false),
});

const CALLED = 1;

/** Each loop gets a counter of its own behind the variables. */
class Emitter {
  counters = 0;

  expression(one: Expression): number[] {
    switch (one.kind) {
      case 'constant':
        return op.i32(one.value);
      case 'variable':
        return op.get(one.index);
      case 'binary':
        return [...this.expression(one.left), ...this.expression(one.right), OPERATORS[one.operator].opcode];
      case 'call':
        return [...this.expression(one.argument), ...op.call(CALLED)];
    }
  }

  all(list: Statements): number[] {
    return list.flatMap((one) => this.statement(one));
  }

  statement(one: Statement): number[] {
    switch (one.kind) {
      case 'assign':
        return [...this.expression(one.value), ...op.set(one.variable)];
      case 'if':
        return [
          ...this.expression(one.condition),
          ...op.if(this.all(one.then), one.otherwise === null ? undefined : this.all(one.otherwise)),
        ];
      case 'loop': {
        const counter = VARIABLES + this.counters++;
        const leave = one.leaveWhen === null ? [] : [...this.expression(one.leaveWhen), ...op.brIf(1)];
        const again = [...op.get(counter), ...op.i32(1), ...op.sub, ...op.tee(counter), ...op.brIf(0)];
        return [
          ...[...op.i32(one.rounds), ...op.set(counter)],
          ...op.block(...op.loop(...this.all(one.body), ...leave, ...again)),
        ];
      }
      case 'block':
        return op.block(
          ...this.all(one.body),
          ...[...this.expression(one.leaveWhen), ...op.brIf(0)],
          ...this.all(one.rest),
        );
      case 'return':
        return [...this.expression(one.condition), ...op.if([...op.get(0), ...op.return])];
    }
  }
}

function functionOf(list: Statements): { locals: string; body: number[] } {
  const emitter = new Emitter();
  const body = [...emitter.all(list), ...op.get(0)];
  return { locals: 'i'.repeat(VARIABLES - 1 + emitter.counters), body };
}

/** The program as a module; "run" takes the first variable and returns it at the end. */
export const wasmOf = (program: Program): Uint8Array<ArrayBuffer> =>
  wasmModule({
    functions: [
      { as: 'run', params: 'i', results: 'i', ...functionOf(program.main) },
      // Exported, so that it is no leaf, which would be priced as a whole.
      { as: 'called', params: 'i', results: 'i', ...functionOf(program.called) },
    ],
  });

class Returned extends Error {}

class Model {
  readonly #called: Statements;
  fuel = 0;
  #variables: number[] = [];

  constructor(called: Statements) {
    this.#called = called;
  }

  run(list: Statements, input: number): number {
    const outer = this.#variables;
    const own = [input, ...Array<number>(VARIABLES - 1).fill(0)];
    this.#variables = own;
    try {
      this.#all(list);
      this.fuel += 1;
    } catch (error) {
      if (!(error instanceof Returned)) throw error;
    }
    this.#variables = outer;
    return own[0] ?? 0;
  }

  #all(list: Statements): void {
    for (const one of list) this.#statement(one);
  }

  #value(one: Expression): number {
    switch (one.kind) {
      case 'constant':
        this.fuel += 1;
        return one.value;
      case 'variable':
        this.fuel += 1;
        return this.#variables[one.index] ?? 0;
      case 'binary': {
        const left = this.#value(one.left);
        const right = this.#value(one.right);
        this.fuel += OPERATORS[one.operator].cost;
        return OPERATORS[one.operator].apply(left, right);
      }
      case 'call': {
        const argument = this.#value(one.argument);
        this.fuel += 4;
        return this.run(this.#called, argument);
      }
    }
  }

  #statement(one: Statement): void {
    switch (one.kind) {
      case 'assign':
        this.#variables[one.variable] = this.#value(one.value);
        this.fuel += 1;
        return;
      case 'if': {
        const condition = this.#value(one.condition);
        this.fuel += 1;
        return this.#all(condition !== 0 ? one.then : (one.otherwise ?? []));
      }
      case 'loop':
        this.fuel += 2;
        for (let left = one.rounds; left > 0; left--) {
          this.#all(one.body);
          if (one.leaveWhen !== null) {
            const leaves = this.#value(one.leaveWhen) !== 0;
            this.fuel += 1;
            if (leaves) return;
          }
          this.fuel += 5;
        }
        return;
      case 'block': {
        this.#all(one.body);
        const leaves = this.#value(one.leaveWhen) !== 0;
        this.fuel += 1;
        if (!leaves) this.#all(one.rest);
        return;
      }
      case 'return': {
        const returns = this.#value(one.condition) !== 0;
        this.fuel += 1;
        if (!returns) return;
        this.fuel += 2;
        throw new Returned();
      }
    }
  }
}

/** The program as a function that also counts the fuel. */
export const compile =
  ({ main, called }: Program) =>
  (input: number): { result: number; fuel: number } => {
    const model = new Model(called);
    const result = model.run(main, input);
    return { result, fuel: model.fuel };
  };
