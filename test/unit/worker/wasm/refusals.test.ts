// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { InvalidModule } from '../../../../worker/wasm/byte-reader.ts';
import { meterModule, TooMuchMemory } from '../../../../worker/wasm/meter/meter.ts';
import { checkInterface } from '../../../../worker/wasm/module-interface.ts';
import { readModule } from '../../../../worker/wasm/module-reader.ts';
import { customSection, op, wasmModule } from '../../../support/wasm-builder.ts';
import { FINISH, rounds, steppedModule } from '../../../support/wasm-stepped.ts';

const LIMITS = { moduleBytes: 100_000, memoryBytes: 1_048_576 };
const one = (body: readonly number[], sections: Record<number, number[]> = {}): Uint8Array<ArrayBuffer> =>
  wasmModule({ functions: [{ as: 'run', body }], sections });
const VECTOR = [0xfd, 0x0c, ...Array<number>(16).fill(0)];
const withMemory = (...limits: number[]): Uint8Array<ArrayBuffer> => one([], { 5: [1, ...limits] });

test.each([
  ['memory64', withMemory(4, 1)],
  ['shared memory', withMemory(3, 1, 2)],
  ['threads or atomics', one([0xfe, 0x03, 0x00], { 5: [1, 0, 1] })],
  ['relaxed SIMD', one([...VECTOR, ...VECTOR, 0xfd, 0x80, 0x02, ...op.drop])],
  ['more than one memory', one([], { 5: [2, 0, 1, 0, 1] })],
  ['garbage-collected', one([], { 1: [2, 0x5f, 0, 0x60, 0, 0], 3: [1, 1] })],
  ['garbage-collected', one([0xd0, 0x6e, ...op.drop])],
  ['table entries', one([], { 4: [1, 0x70, 0, 0xc0, 0xc4, 0x3d + 0x80, 0x01] })],
])('refuses %s by its name', (name, module) => {
  expect(() => meterModule(module, LIMITS)).toThrow(InvalidModule);
  expect(() => meterModule(module, LIMITS)).toThrow(name);
});

test('refuses to meter a module twice', () => {
  const { bytes } = meterModule(steppedModule(FINISH), LIMITS);
  expect(() => meterModule(bytes, LIMITS)).toThrow('has been metered before');
  const marked = Uint8Array.from([...one([]), ...customSection('lull:anything')]);
  expect(() => meterModule(marked, LIMITS)).toThrow('has been metered before');
});

test('refuses what is no module, what does not validate, and what is too large', () => {
  expect(() => meterModule(Uint8Array.from(Buffer.from('#!/bin/sh')), LIMITS)).toThrow(
    'not a core WebAssembly',
  );
  expect(() => meterModule(one(op.add as unknown as number[]), LIMITS)).toThrow('not valid WebAssembly');
  expect(() => meterModule(one([]), { ...LIMITS, moduleBytes: 20 })).toThrow('more than the 20 allowed');
});

test('says how much memory a module needs that may not have it', () => {
  expect(() => meterModule(withMemory(0, 17), LIMITS)).toThrow(TooMuchMemory);
  expect(meterModule(withMemory(0, 16), LIMITS).mostPages).toBe(16);
  expect(meterModule(withMemory(1, 1, 3), LIMITS).mostPages).toBe(3);
});

test('refuses imports that the kind of module does not get, and those of another type', () => {
  const importing = (module: string, name: string, params: string) =>
    readModule(wasmModule({ imports: [{ module, name, params, results: 'i' }], memory: [1] }));
  const write = importing('wasi_snapshot_preview1', 'fd_write', 'iiii');
  expect(() => checkInterface(write, 'stepped')).toThrow('does not export the function "lull_alloc"');
  expect(() => checkInterface(importing('env', 'abort', 'iiii'), 'stepped')).toThrow(
    'a stepped module gets nothing of that name',
  );
  expect(() => checkInterface(write, 'wasi')).toThrow('does not export the function "_start"');
  expect(() => checkInterface(importing('env', 'abort', 'iiii'), 'wasi')).toThrow('imports "env.abort"');
  expect(() => checkInterface(importing('wasi_snapshot_preview1', 'fd_write', 'iIii'), 'wasi')).toThrow(
    '(i32, i64, i32, i32) -> (i32); it must be (i32, i32, i32, i32) -> (i32)',
  );
});

test('refuses imported memories, tables and globals', () => {
  const memory = [1, 3, 0x65, 0x6e, 0x76, 1, 0x6d, 2, 0, 1];
  const shape = readModule(one([], { 2: memory }));
  expect(() => checkInterface(shape, 'stepped')).toThrow('imports the memory "env.m"');
});

test('refuses a stepped module that lacks an export or has one of another type', () => {
  const shape = readModule(wasmModule({ memory: [1], functions: [{ as: 'lull_alloc', body: [] }] }));
  expect(() => checkInterface(shape, 'stepped')).toThrow('exports "lull_alloc" with the type () -> ()');
  const empty = readModule(wasmModule({ functions: [] }));
  expect(() => checkInterface(empty, 'stepped')).toThrow('does not export its memory');
});

test('a module that is cut off anywhere is refused and nothing worse', () => {
  const whole = steppedModule(rounds(3), { locals: 'ii' });
  for (let length = 0; length < whole.length; length++) {
    const outcome = attempt(whole.slice(0, length));
    expect(outcome).toMatch(/refused|metered/);
  }
});

test('a module with any bytes changed is refused or metered, and what is metered is valid', () => {
  const whole = steppedModule(rounds(3), { locals: 'ii' });
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(changes, (bytes) => {
      const changed = whole.slice();
      for (const [at, value] of bytes) changed[at] = value;
      expect(attempt(changed)).toMatch(/refused|metered/);
    }),
    { numRuns: 3000 },
  );
});

function attempt(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    const metered = meterModule(bytes, LIMITS);
    return WebAssembly.validate(metered.bytes) ? 'metered' : 'broken';
  } catch (error) {
    return error instanceof InvalidModule || error instanceof TooMuchMemory ? 'refused' : String(error);
  }
}
