// SPDX-License-Identifier: MIT
import { op, signed, unsigned, wasmModule } from './wasm-builder.ts';
import {
  BINARY,
  type Bulk,
  COMPARE,
  type Expression,
  type FunctionName,
  FUNCTIONS,
  type Loop,
  type RandomProgram,
  type Statement,
  type Statements,
  UNARY,
  VARIABLES,
} from './wasm-random.ts';

const TYPE = { call: 0, pair: 1, tag: 2 } as const;
const I32 = 0x7f;
const VOID = 0x40;
const MASK = 0xfff8;
const LISTED_TABLE = 0;
const SPARE_TABLE = 1;
const SPARE_ENTRIES = { initial: 8, most: 24 };
const MORE_PAGES = 2;
const DATA = Array.from({ length: 32 }, (_, i) => (i * 37 + 5) & 0xff);

/** Functions that are called through the table: one with a loop, one that may throw, none. */
const LISTED = FUNCTIONS.length;
const indexOf = (name: FunctionName): number => FUNCTIONS.indexOf(name);

class FunctionEmitter {
  readonly #exceptions: RandomProgram['exceptions'];
  #locals: string;

  constructor(exceptions: RandomProgram['exceptions'], hasVariables = true) {
    this.#exceptions = exceptions;
    this.#locals = hasVariables ? 'i'.repeat(VARIABLES - 1) : 'i';
  }

  get locals(): string {
    return this.#locals;
  }

  /** A new local; the parameter comes before them all. */
  #local(type: 'i' | 'I' = 'i'): number {
    this.#locals += type;
    return this.#locals.length;
  }

  expression(one: Expression): number[] {
    switch (one.kind) {
      case 'constant':
        return op.i32(one.value);
      case 'variable':
        return op.get(one.index);
      case 'global':
        return [0x23, 0];
      case 'memorySize':
        return [0x3f, 0];
      case 'tableSize':
        return [0xfc, 0x10, SPARE_TABLE];
      case 'unary':
        return [...this.expression(one.of), UNARY[one.operator]];
      case 'binary':
        return [...this.expression(one.left), ...this.expression(one.right), BINARY[one.operator]];
      case 'load':
        return [...this.#address(one.at, one.masked), 0x28, 0, 4];
      case 'select':
        return [
          ...this.expression(one.left),
          ...this.expression(one.right),
          ...this.expression(one.when),
          0x1b,
        ];
      case 'ifElse':
        return [
          ...[...this.expression(one.when), 0x04, I32],
          ...[...this.expression(one.left), 0x05, ...this.expression(one.right), 0x0b],
        ];
      case 'leave':
        return [
          ...[0x02, I32, ...this.expression(one.left), ...this.expression(one.when), ...op.brIf(0)],
          ...[...op.drop, ...this.expression(one.right), 0x0b],
        ];
      case 'pair':
        return this.#pair(one.left, one.right, one.swaps);
      case 'call':
        return [...this.expression(one.argument), ...op.call(indexOf(one.callee))];
      case 'callIndirect':
        return [
          ...this.expression(one.argument),
          ...[...this.expression(one.index), ...(one.masked ? [...op.i32(1), BINARY.and] : [])],
          ...[0x11, TYPE.call, LISTED_TABLE],
        ];
      default:
        return [...this.expression(one.of), ...OF[one.kind]];
    }
  }

  #address(at: Expression, masked: boolean): number[] {
    return [...this.expression(at), ...(masked ? [...op.i32(MASK), BINARY.and] : [])];
  }

  /** Two values that go round a loop with parameters, changing places. */
  #pair(left: Expression, right: Expression, swaps: number): number[] {
    const [one, other, rounds] = [this.#local(), this.#local(), this.#local()];
    return [
      ...[...op.i32(swaps), ...op.set(rounds), ...this.expression(left), ...this.expression(right)],
      ...[0x03, TYPE.pair, ...op.set(one), ...op.set(other), ...op.get(one), ...op.get(other)],
      ...[...op.get(rounds), ...op.i32(1), ...op.sub, ...op.tee(rounds), ...op.brIf(0), 0x0b],
      ...op.sub,
    ];
  }

  all(list: Statements): number[] {
    return list.flatMap((one) => this.#statement(one));
  }

  /** The statements, then a number made of all variables. */
  body(list: Statements, nesting = 0): number[] {
    const mixed = Array.from({ length: VARIABLES - 1 }, (_, i) => [
      ...op.get(i + 1),
      BINARY.rotl,
      ...op.get(i),
      ...op.xor,
    ]);
    return [...nest(this.all(list), nesting), ...op.get(0), ...mixed.flat()];
  }

  #statement(one: Statement): number[] {
    switch (one.kind) {
      case 'assign':
        return [...this.expression(one.value), ...op.set(one.variable)];
      case 'setGlobal':
        return [...this.expression(one.value), 0x24, 0];
      case 'store': {
        const store = one.vector ? [0xfd, 0x11, 0xfd, 0x0b, 0, 0] : [0x36, 0, 0];
        return [...this.#address(one.at, one.masked), ...this.expression(one.value), ...store];
      }
      case 'if':
        return [
          ...this.expression(one.condition),
          ...op.if(this.all(one.then), one.otherwise === null ? undefined : this.all(one.otherwise)),
        ];
      case 'block':
        return op.block(
          ...this.all(one.body),
          ...[...this.expression(one.leaveWhen), ...op.brIf(0)],
          ...this.all(one.rest),
        );
      case 'switch':
        return this.#switch(this.expression(one.on), one.cases);
      case 'return':
        return [...this.expression(one.condition), ...op.if([...op.get(0), ...op.return])];
      case 'trap':
        return [...this.expression(one.condition), ...op.if(op.unreachable)];
      case 'throw':
        if (this.#exceptions === 'none') return [];
        return [...this.expression(one.condition), ...op.if([...op.get(0), 0x08, 0])];
      case 'returnCall': {
        const call = one.indirect
          ? [...op.i32(0), 0x13, TYPE.call, LISTED_TABLE]
          : [0x12, ...unsigned(indexOf(one.callee))];
        return [...this.expression(one.condition), ...op.if([...this.expression(one.argument), ...call])];
      }
      case 'try':
        return this.#try(one.body, one.handler, one.catches);
      case 'bulk':
        return bulk(one);
      case 'loop':
        return this.#loop(one);
    }
  }

  #switch(on: readonly number[], cases: readonly Statements[]): number[] {
    const targets = cases.flatMap((_, i) => unsigned(i));
    const table = [...on, 0x0e, ...unsigned(cases.length), ...targets, ...unsigned(cases.length)];
    const inner = cases.reduce<readonly number[]>(
      (code, one, i) => [
        ...op.block(...code),
        ...this.all(one),
        ...(i % 2 === 0 ? op.br(cases.length - 1 - i) : []),
      ],
      table,
    );
    return op.block(...inner);
  }

  #try(body: Statements, handler: Statements, catches: 'tag' | 'all' | 'rethrow'): number[] {
    const inside = this.all(body);
    const handled = this.all(handler);
    const put = op.set(1);
    switch (this.#exceptions) {
      case 'none':
        return [...inside, ...handled];
      case 'legacy': {
        const caught = catches === 'tag' ? [0x07, 0, ...put, ...handled] : [0x19, ...handled];
        return [0x06, VOID, ...inside, ...caught, ...(catches === 'rethrow' ? [0x09, 0] : []), 0x0b];
      }
      case 'tables':
        if (catches === 'tag')
          return op.block(
            ...[0x02, I32, 0x1f, VOID, 1, 0, 0, 0, ...inside, 0x0b, ...op.br(1), 0x0b],
            ...[...put, ...handled],
          );
        return op.block(...op.block(0x1f, VOID, 1, 2, 0, ...inside, 0x0b, ...op.br(1)), ...handled);
    }
  }

  #loop(loop: Loop): number[] {
    const wide = loop.wide;
    const number = (value: number): number[] => (wide ? op.i64(BigInt(value)) : op.i32(value));
    const counter = wide || loop.counter === 'own' ? this.#local(wide ? 'I' : 'i') : loop.counter;
    const last = (loop.start + Math.imul(loop.step, loop.trips) + loop.off) | 0;
    const { bound, before } = this.#bound(loop, number(last));
    const compare = (value: readonly number[]): number[] => {
      if (loop.compare === 'nonzero') return [...value, ...(wide ? [0x50, 0x45] : [])];
      const operands = loop.swapped ? [...bound, ...value] : [...value, ...bound];
      return [...operands, COMPARE[loop.compare] + (wide ? 0x0b : 0)];
    };
    const plus = this.#step(loop, counter, number);
    const more = [...plus, ...op.set(counter)];
    const bottom = (): number[] => {
      if (loop.comparesOld) {
        const old = this.#local(wide ? 'I' : 'i');
        return [...op.get(counter), ...op.set(old), ...more, ...compare(op.get(old)), ...op.brIf(0)];
      }
      if (loop.shape === 'set') return [...more, ...compare(op.get(counter)), ...op.brIf(0)];
      return [...compare([...plus, ...op.tee(counter)]), ...op.brIf(0)];
    };
    const extra =
      loop.steps === 'twice' ? more : loop.steps === 'conditionally' ? [...op.get(0), ...op.if(more)] : [];
    const top = loop.test === 'bottom' ? [] : [...compare(op.get(counter)), 0x45, ...op.brIf(1)];
    const leave = loop.leaveWhen === null ? [] : [...this.expression(loop.leaveWhen), ...op.brIf(1)];
    const again = loop.test === 'top' ? [...more, ...op.br(0)] : bottom();
    return [
      ...[...number(loop.start), ...op.set(counter), ...before],
      ...op.block(...op.loop(...top, ...this.all(loop.body), ...leave, ...extra, ...again)),
    ];
  }

  #bound(loop: Loop, last: readonly number[]): { bound: readonly number[]; before: readonly number[] } {
    if (loop.bound === 'constant') return { bound: last, before: [] };
    if (loop.bound === 'own') {
      const local = this.#local(loop.wide ? 'I' : 'i');
      return { bound: op.get(local), before: [...last, ...op.set(local)] };
    }
    return { bound: [...op.get(loop.bound), ...(loop.wide ? [0xac] : [])], before: [] };
  }

  #step({ shape, step, wide }: Loop, counter: number, number: (value: number) => number[]): number[] {
    const [add, sub] = wide ? [0x7c, 0x7d] : [0x6a, 0x6b];
    if (shape === 'subtract') return [...op.get(counter), ...number(-step | 0), sub];
    if (shape === 'constantFirst') return [...number(step), ...op.get(counter), add];
    return [...op.get(counter), ...number(step), add];
  }
}

/** What is done to the number on the stack. */
const OF = {
  wide: [0xac, ...op.i64(0x1e37_79b9_7f4a_7c15n), 0x7e, ...op.i64(17n), 0x89, 0xa7],
  float: [0xb7, 0x99, 0x9f, 0x44, ...new Uint8Array(new Float64Array([1234.5]).buffer), 0xa2, 0xfc, 0x02],
  vector: [0xfd, 0x11, 0xfd, 0x0c, ...DATA.slice(0, 16), 0xfd, 0xae, 0x01, 0xfd, 0x1b, 2],
  grow: [...op.i32(1), BINARY.and, ...op.grow],
  growTable: [...op.set(1), 0xd0, 0x70, ...op.get(1), ...op.i32(3), BINARY.and, 0xfc, 0x0f, SPARE_TABLE],
} as const;

function bulk(one: Bulk): number[] {
  if (one.operation === 'dropData') return [0xfc, 0x09, 0];
  if (one.operation === 'dropElements') return [0xfc, 0x0d, 1];
  const [to, from, length] = [op.i32(one.to), op.i32(one.from), op.i32(one.length)];
  switch (one.operation) {
    case 'fill':
      return [...to, ...from, ...length, 0xfc, 0x0b, 0];
    case 'copy':
      return [...to, ...from, ...length, 0xfc, 0x0a, 0, 0];
    case 'init':
      return [...to, ...from, ...length, 0xfc, 0x08, 0, 0];
    case 'tableFill':
      return [...to, 0xd0, 0x70, ...length, 0xfc, 0x11, SPARE_TABLE];
    case 'tableCopy':
      return [...to, ...from, ...length, 0xfc, 0x0e, SPARE_TABLE, SPARE_TABLE];
    case 'tableInit':
      return [...to, ...from, ...length, 0xfc, 0x0c, 1, SPARE_TABLE];
  }
}

/** Wraps code in so many blocks, loops that do not loop and conditions that hold. */
function nest(code: readonly number[], depth: number): readonly number[] {
  let nested = code;
  for (let i = 0; i < depth; i++)
    nested =
      i % 3 === 0 ? op.block(...nested) : i % 3 === 1 ? op.loop(...nested) : [...op.i32(1), ...op.if(nested)];
  return nested;
}

const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const vector = (...items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

/** The program as a module that exports its "run", its memory, a global and a table. */
export function randomModule(program: RandomProgram): Uint8Array<ArrayBuffer> {
  const { exceptions, pages } = program;
  const made = (code: (emitter: FunctionEmitter) => number[], hasVariables = true) => {
    const emitter = new FunctionEmitter(exceptions, hasVariables);
    const body = code(emitter);
    return { params: 'i', results: 'i', locals: emitter.locals, body };
  };
  const self = indexOf('recursive');
  const tail = indexOf('tail');
  const countDown = (mask: number): number[] => [...op.get(0), ...op.i32(mask), BINARY.and, ...op.tee(1)];
  const less = [...op.get(1), ...op.i32(1), ...op.sub];
  const throws =
    exceptions === 'none'
      ? []
      : [...op.get(0), ...op.i32(7), BINARY.and, ...op.i32(5), 0x46, ...op.if([...op.get(0), 0x08, 0])];
  const bodies: Record<FunctionName, ReturnType<typeof made>> = {
    run: made((emitter) => emitter.body(program.run, program.nesting)),
    leaf: made((emitter) => emitter.expression(program.leaf)),
    branchyLeaf: made((emitter) => [
      ...[
        ...op.get(0),
        ...op.if([...op.get(0), ...op.i32(3), ...op.mul, ...op.set(0)], [...op.i32(9), ...op.set(0)]),
      ],
      ...emitter.expression(program.branchyLeaf),
    ]),
    helper: made((emitter) => emitter.body(program.helper)),
    recursive: made((emitter) => [
      ...[...countDown(31), 0x45, ...op.if([...op.get(0), ...op.return])],
      ...[
        ...less,
        ...op.call(self),
        ...op.set(2),
        ...emitter.expression(program.recursive),
        ...op.get(2),
        ...op.xor,
      ],
    ]),
    tail: made(
      () => [
        ...[...countDown(63), 0x45, ...op.if([...op.get(0), ...op.return])],
        ...[...less, 0x12, ...unsigned(tail)],
      ],
      false,
    ),
    thrower: made(() => [...throws, ...op.get(0), ...op.i32(1), ...op.add], false),
  };
  const listed = made(
    () => [
      ...[...op.i32(5), ...op.set(1)],
      ...op.loop(...op.get(0), ...op.i32(3), ...op.mul, ...op.set(0), ...less, ...op.tee(1), ...op.brIf(0)),
      ...op.get(0),
    ],
    false,
  );
  const [thrower, helper, leaf, branchyLeaf] = [
    unsigned(indexOf('thrower')),
    unsigned(indexOf('helper')),
    unsigned(indexOf('leaf')),
    unsigned(indexOf('branchyLeaf')),
  ];
  return wasmModule({
    types: [
      [0x60, 1, I32, 1, I32],
      [0x60, 2, I32, I32, 2, I32, I32],
      [0x60, 1, I32, 0],
    ],
    functions: [...FUNCTIONS.map((name) => bodies[name]), listed],
    memory: [pages, pages + MORE_PAGES],
    sections: {
      4: vector([0x70, 1, 4, 4], [0x70, 1, SPARE_ENTRIES.initial, SPARE_ENTRIES.most]),
      ...(exceptions === 'none' ? {} : { 13: vector([0, TYPE.tag]) }),
      6: vector([I32, 1, 0x41, ...signed(3), 0x0b]),
      7: vector(
        [...text('run'), 0, indexOf('run')],
        [...text('memory'), 2, 0],
        [...text('global'), 3, 0],
        [...text('table'), 1, SPARE_TABLE],
      ),
      9: vector(
        [0, 0x41, 0, 0x0b, ...vector([LISTED], thrower, [LISTED])],
        [1, 0, ...vector([LISTED], thrower, [LISTED], thrower)],
        ...(program.listsLeaves ? [[1, 0, ...vector(leaf, branchyLeaf, helper)]] : []),
      ),
      12: [1],
      11: vector([1, ...unsigned(DATA.length), ...DATA]),
    },
  });
}
