// SPDX-License-Identifier: MIT
import fc from 'fast-check';

/*
 * Random programs made of everything that the meter treats in a way of its own: loops of every shape, calls of every
 * kind, branch tables, blocks with parameters, bulk operations, growing, exceptions, vectors, traps. Seeded and
 * shrunk by fast-check; wasm-random-module.ts makes modules of them.
 */

export const VARIABLES = 4;

/** Functions of a program, by their role. Each takes and returns an i32. */
export const FUNCTIONS = ['run', 'leaf', 'branchyLeaf', 'helper', 'recursive', 'tail', 'thrower'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export const BINARY = {
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrU: 0x76,
  rotl: 0x77,
  ltS: 0x48,
  geU: 0x4f,
  divU: 0x6e,
  remS: 0x6f,
} as const;

export const UNARY = { eqz: 0x45, clz: 0x67, popcnt: 0x69, extend8: 0xc0, extend16: 0xc1 } as const;

/** How a loop's counter is compared with its bound; the loop goes on while it holds. */
export const COMPARE = {
  ne: 0x47,
  ltS: 0x48,
  ltU: 0x49,
  gtS: 0x4a,
  gtU: 0x4b,
  leS: 0x4c,
  leU: 0x4d,
  geS: 0x4e,
  geU: 0x4f,
} as const;

export type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'variable'; readonly index: number }
  | { readonly kind: 'global' | 'memorySize' | 'tableSize' }
  | { readonly kind: 'unary'; readonly operator: keyof typeof UNARY; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: keyof typeof BINARY;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'load'; readonly at: Expression; readonly masked: boolean }
  | {
      readonly kind: 'select' | 'ifElse' | 'leave';
      readonly left: Expression;
      readonly right: Expression;
      readonly when: Expression;
    }
  | { readonly kind: 'pair'; readonly left: Expression; readonly right: Expression; readonly swaps: number }
  | { readonly kind: 'wide' | 'float' | 'vector' | 'grow' | 'growTable'; readonly of: Expression }
  | { readonly kind: 'call'; readonly callee: FunctionName; readonly argument: Expression }
  | {
      readonly kind: 'callIndirect';
      readonly index: Expression;
      readonly masked: boolean;
      readonly argument: Expression;
    };

export interface Loop {
  readonly kind: 'loop';
  /** a variable of the program, which its body may change, or one of the loop's own */
  readonly counter: number | 'own';
  /** a variable, a constant in place, or a local of the loop's own */
  readonly bound: number | 'constant' | 'own';
  readonly start: number;
  readonly step: number;
  /** the bound is start + step * trips + off, around the corner if need be */
  readonly trips: number;
  readonly off: number;
  readonly compare: keyof typeof COMPARE | 'nonzero';
  readonly swapped: boolean;
  /** whether the counter is compared as it was before the step */
  readonly comparesOld: boolean;
  readonly shape: 'tee' | 'set' | 'subtract' | 'constantFirst';
  readonly steps: 'once' | 'twice' | 'conditionally';
  readonly test: 'bottom' | 'top' | 'both';
  /** an i64 counter is another loop to the meter */
  readonly wide: boolean;
  readonly body: Statements;
  readonly leaveWhen: Expression | null;
}

export type Bulk =
  | {
      readonly operation: 'fill' | 'copy' | 'init';
      readonly to: number;
      readonly from: number;
      readonly length: number;
    }
  | {
      readonly operation: 'tableFill' | 'tableCopy' | 'tableInit';
      readonly to: number;
      readonly from: number;
      readonly length: number;
    }
  | { readonly operation: 'dropData' }
  | { readonly operation: 'dropElements' };

export type Statement =
  | { readonly kind: 'assign'; readonly variable: number; readonly value: Expression }
  | { readonly kind: 'setGlobal'; readonly value: Expression }
  | {
      readonly kind: 'store';
      readonly at: Expression;
      readonly masked: boolean;
      readonly value: Expression;
      readonly vector: boolean;
    }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly then: Statements;
      readonly otherwise: Statements | null;
    }
  | {
      readonly kind: 'block';
      readonly body: Statements;
      readonly leaveWhen: Expression;
      readonly rest: Statements;
    }
  | { readonly kind: 'switch'; readonly on: Expression; readonly cases: readonly Statements[] }
  | { readonly kind: 'return' | 'trap' | 'throw'; readonly condition: Expression }
  | {
      readonly kind: 'returnCall';
      readonly condition: Expression;
      readonly callee: FunctionName;
      readonly indirect: boolean;
      readonly argument: Expression;
    }
  | {
      readonly kind: 'try';
      readonly body: Statements;
      readonly handler: Statements;
      readonly catches: 'tag' | 'all' | 'rethrow';
    }
  | ({ readonly kind: 'bulk' } & Bulk)
  | Loop;
export type Statements = readonly Statement[];

export interface RandomProgram {
  readonly run: Statements;
  readonly helper: Statements;
  readonly leaf: Expression;
  /** a leaf whose price is that of all its instructions, as the meter does not follow its branches */
  readonly branchyLeaf: Expression;
  readonly recursive: Expression;
  /** pages of memory; many make bulk operations larger than the pieces that they are cut into */
  readonly pages: number;
  readonly exceptions: 'legacy' | 'tables' | 'none';
  /** whether the leaves are named by a table, so that the meter must treat them as any other function */
  readonly listsLeaves: boolean;
  /** blocks, loops and conditions around all of "run" */
  readonly nesting: number;
}

const MOST_CALLEES = ['leaf', 'branchyLeaf', 'helper', 'recursive', 'tail', 'thrower'] as const;
const LEAF_CALLEES = ['leaf', 'branchyLeaf', 'thrower'] as const;

const edges = fc.constantFrom(
  ...[0, 1, 2, 3, 8, 100, -1, -2, -7, 65_535, 65_536, 0x7fff_ffff, 0x7fff_fffd, -0x8000_0000, -0x7fff_fffe],
);
const numbers = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -8, max: 40 }) }, edges, fc.integer());
const variables = fc.nat(VARIABLES - 1);
const kinds = <Kind extends string>(...all: readonly Kind[]): fc.Arbitrary<Kind> => fc.constantFrom(...all);

function expressions(callees: readonly FunctionName[]): fc.Arbitrary<Expression> {
  const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
    const deeper = tie('expression');
    const calls =
      callees.length === 0
        ? []
        : [
            fc.record({ kind: kinds('call'), callee: fc.constantFrom(...callees), argument: deeper }),
            fc.record({
              kind: kinds('callIndirect'),
              index: deeper,
              masked: fc.nat(7).map((n) => n > 0),
              argument: deeper,
            }),
          ];
    return {
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.record({ kind: kinds('variable'), index: variables }),
        fc.record({ kind: kinds('constant'), value: numbers }),
        fc.record({
          kind: kinds('binary'),
          operator: kinds<keyof typeof BINARY>(
            'add',
            'sub',
            'mul',
            'and',
            'or',
            'xor',
            'shl',
            'shrU',
            'rotl',
            'ltS',
            'geU',
            'divU',
            'remS',
          ),
          left: deeper,
          right: deeper,
        }),
        fc.record({
          kind: kinds('unary'),
          operator: kinds<keyof typeof UNARY>('eqz', 'clz', 'popcnt', 'extend8', 'extend16'),
          of: deeper,
        }),
        fc.record({ kind: kinds('load'), at: deeper, masked: fc.nat(9).map((n) => n > 0) }),
        fc.record({ kind: kinds('select', 'ifElse', 'leave'), left: deeper, right: deeper, when: deeper }),
        fc.record({
          kind: kinds('pair'),
          left: deeper,
          right: deeper,
          swaps: fc.integer({ min: 1, max: 6 }),
        }),
        fc.record({ kind: kinds('wide', 'float', 'vector', 'grow', 'growTable'), of: deeper }),
        fc.record({ kind: kinds('global', 'memorySize', 'tableSize') }),
        ...calls,
      ),
    };
  });
  return expression;
}

function loops(body: fc.Arbitrary<Statements>, leaveWhen: fc.Arbitrary<Expression>): fc.Arbitrary<Loop> {
  return fc.record({
    kind: kinds('loop'),
    counter: fc.oneof({ weight: 3, arbitrary: fc.constant('own' as const) }, variables),
    bound: fc.oneof({ weight: 4, arbitrary: kinds('constant', 'own') }, variables),
    start: numbers,
    step: fc.oneof(
      { weight: 4, arbitrary: kinds('up', 'down').map((way) => (way === 'up' ? 1 : -1)) },
      fc.constantFrom(2, -2, 3, -3, 4, -4, 7, -8, 1024, -65_536, 0, 0x7fff_ffff, -0x8000_0000),
    ),
    trips: fc.oneof({ weight: 8, arbitrary: fc.nat(30) }, fc.constantFrom(300, 70_000, 0x2000_0000)),
    off: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.constantFrom(1, -1, 2)),
    compare: kinds<keyof typeof COMPARE | 'nonzero'>(
      'ne',
      'ne',
      'ltS',
      'ltU',
      'gtS',
      'gtU',
      'leS',
      'leU',
      'geS',
      'geU',
      'nonzero',
    ),
    swapped: fc.boolean(),
    comparesOld: fc.nat(4).map((n) => n === 0),
    shape: kinds('tee', 'tee', 'set', 'subtract', 'constantFirst'),
    steps: kinds('once', 'once', 'once', 'once', 'twice', 'conditionally'),
    test: kinds('bottom', 'bottom', 'bottom', 'top', 'both'),
    wide: fc.nat(9).map((n) => n === 0),
    body,
    leaveWhen: fc.option(leaveWhen, { freq: 3 }),
  });
}

const places = fc.oneof(
  { weight: 4, arbitrary: fc.nat(5000) },
  fc.constantFrom(65_520, 65_536, 131_072, 1_048_576, 1_500_000, 2_621_440, -1, -16),
);
const lengths = fc.oneof(
  { weight: 4, arbitrary: fc.nat(300) },
  fc.constantFrom(0, 1, 15, 16, 65_536, 1_048_575, 1_048_576, 1_048_577, 2_200_000, -1),
);
const bulks: fc.Arbitrary<{ readonly kind: 'bulk' } & Bulk> = fc.oneof(
  fc.record({
    kind: kinds('bulk'),
    operation: kinds('fill', 'copy', 'copy'),
    to: places,
    from: places,
    length: lengths,
  }),
  fc.record({
    kind: kinds('bulk'),
    operation: kinds('init'),
    to: places,
    from: fc.nat(40),
    length: fc.nat(40),
  }),
  fc.record({
    kind: kinds('bulk'),
    operation: kinds('tableFill', 'tableCopy', 'tableInit'),
    to: fc.nat(12),
    from: fc.nat(10),
    length: fc.nat(10),
  }),
  fc.record({ kind: kinds('bulk'), operation: kinds('dropData', 'dropElements') }),
);

function statements(callees: readonly FunctionName[]): fc.Arbitrary<Statements> {
  const value = expressions(callees);
  const straight = fc.array(
    fc.oneof(
      fc.record({ kind: kinds('assign'), variable: variables, value: expressions([]) }),
      fc.record({
        kind: kinds('store'),
        at: expressions([]),
        masked: fc.constant(true),
        value: expressions([]),
        vector: fc.boolean(),
      }),
    ),
    { maxLength: 3 },
  );
  const { list } = fc.letrec<{ list: Statements; statement: Statement }>((tie) => {
    const body = tie('list');
    return {
      list: fc.array(tie('statement'), { maxLength: 4, depthIdentifier: 'statements' }),
      statement: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.record({ kind: kinds('assign'), variable: variables, value }),
        loops(straight, expressions([])),
        fc.record({ kind: kinds('setGlobal'), value }),
        fc.record({
          kind: kinds('store'),
          at: value,
          masked: fc.nat(9).map((n) => n > 0),
          value,
          vector: fc.boolean(),
        }),
        bulks,
        fc.record({ kind: kinds('return', 'trap', 'throw'), condition: value }),
        fc.record({
          kind: kinds('returnCall'),
          condition: value,
          callee: fc.constantFrom(...callees),
          indirect: fc.boolean(),
          argument: value,
        }),
        loops(body, value),
        loops(body, value),
        fc.record({ kind: kinds('if'), condition: value, then: body, otherwise: fc.option(body) }),
        fc.record({ kind: kinds('block'), body, leaveWhen: value, rest: body }),
        fc.record({
          kind: kinds('switch'),
          on: value,
          cases: fc.array(body, { minLength: 1, maxLength: 4 }),
        }),
        fc.record({ kind: kinds('try'), body, handler: body, catches: kinds('tag', 'all', 'rethrow') }),
      ),
    };
  });
  return list;
}

export const randomPrograms: fc.Arbitrary<RandomProgram> = fc.record({
  run: statements(MOST_CALLEES),
  helper: statements(LEAF_CALLEES),
  leaf: expressions([]),
  branchyLeaf: expressions([]),
  recursive: expressions(LEAF_CALLEES),
  pages: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.constant(44)),
  exceptions: kinds('none', 'none', 'legacy', 'tables'),
  listsLeaves: fc.nat(2).map((n) => n > 0),
  nesting: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(1, 7, 40, 400)),
});
