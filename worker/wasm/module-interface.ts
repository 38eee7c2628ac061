// SPDX-License-Identifier: MIT
import type { ModuleKind } from '../../protocol/job.ts';
import { InvalidModule } from './byte-reader.ts';
import type { ModuleShape } from './module-reader.ts';
import { describeType, type FunctionType } from './value-types.ts';
import { WASI_MODULE, WASI_SIGNATURES } from './wasi-signatures.ts';

const CODES: Readonly<Record<string, number>> = { i: 0x7f, I: 0x7e };

/** `iI>i`: parameters and results, `i` for i32 and `I` for i64. */
function typeOf(signature: string): FunctionType {
  const [params = '', results = ''] = signature.split('>');
  const codes = (letters: string): Uint8Array => Uint8Array.from(letters, (letter) => CODES[letter] ?? 0);
  return { params: codes(params), results: codes(results) };
}

const REQUIRED: Readonly<Record<ModuleKind, Readonly<Record<string, string>>>> = {
  stepped: {
    lull_alloc: 'i>i',
    lull_begin: 'iiiiI>',
    lull_step: '>i',
    lull_output_ptr: '>i',
    lull_output_len: '>i',
  },
  wasi: { _start: '>' },
};

const same = (a: FunctionType, b: FunctionType): boolean => describeType(a) === describeType(b);

/**
 * Checks that a module has what its kind needs and asks for nothing that its kind does not get.
 * @throws {InvalidModule}
 */
export function checkInterface(shape: ModuleShape, kind: ModuleKind): void {
  for (const { module, name, kind: what } of shape.otherImports)
    throw new InvalidModule(
      `The module imports the ${what} "${module}.${name}": it may import functions only.`,
    );
  for (const { module, name, type } of shape.imports) {
    const signature = module === WASI_MODULE ? WASI_SIGNATURES[name] : undefined;
    if (signature === undefined)
      throw new InvalidModule(
        `The module imports "${module}.${name}": a ${kind} module gets nothing of that name.`,
      );
    expectType(`imports "${name}"`, type, signature);
  }
  const exported = new Map(shape.exports.map((one) => [one.name, one]));
  if (exported.get('memory')?.kind !== 'memory')
    throw new InvalidModule('The module does not export its memory as "memory".');
  for (const [name, signature] of Object.entries(REQUIRED[kind])) {
    const found = exported.get(name);
    if (found?.kind !== 'function')
      throw new InvalidModule(`The module is no ${kind} module: it does not export the function "${name}".`);
    expectType(`exports "${name}"`, functionType(shape, found.index), signature);
  }
  const initialize = exported.get('_initialize');
  if (kind === 'stepped' && initialize?.kind === 'function')
    expectType('exports "_initialize"', functionType(shape, initialize.index), '>');
}

function functionType(shape: ModuleShape, index: number): FunctionType {
  const imported = shape.imports.length;
  const type = index < imported ? shape.imports[index]?.type : shape.functions[index - imported];
  if (type === undefined)
    throw new InvalidModule(`The module exports a function ${index} that it does not have.`);
  return type;
}

function expectType(what: string, type: FunctionType, signature: string): void {
  const expected = typeOf(signature);
  if (same(type, expected)) return;
  throw new InvalidModule(
    `The module ${what} with the type ${describeType(type)}; it must be ${describeType(expected)}.`,
  );
}
