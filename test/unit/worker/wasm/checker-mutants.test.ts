// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { checkModule } from '../../../../worker/wasm/checker/check-module.ts';
import { NotProved } from '../../../../worker/wasm/checker/not-proved.ts';
import { meterModule } from '../../../../worker/wasm/meter/meter.ts';
import { type FunctionSpec, type ModuleSpec, op, wasmModule } from '../../../support/wasm-builder.ts';
import { essentialMutants, intrudedMutants, type Mutant } from '../../../support/wasm-mutants.ts';

const LIMITS = { moduleBytes: 1_000_000, memoryBytes: 2 ** 24 };

const metered = (spec: ModuleSpec): Uint8Array<ArrayBuffer> => meterModule(wasmModule(spec), LIMITS).bytes;
const run = (body: readonly number[], more: Omit<FunctionSpec, 'body'> = {}): ModuleSpec => ({
  functions: [{ as: 'run', params: 'iii', body, ...more }],
  memory: [1, 256],
});

const more = (local: number, step: number) => [...op.get(local), ...op.i32(step), ...op.add];
const store = [...op.get(0), ...op.get(1), 0x36, 2, 0];

/** Programs in which every charge and every check that is in them is on the only circle that there is. */
const CIRCLES: readonly (readonly [string, ModuleSpec])[] = [
  ['a loop that goes round for ever', run(op.loop(...store, ...op.br(0)))],
  ['a loop that goes on while a local is odd', run(op.loop(...more(0, 3), ...op.tee(0), ...op.brIf(0)))],
  [
    'a loop by multiplication',
    run(op.loop(...op.get(0), ...op.get(1), ...op.mul, ...op.tee(0), ...op.brIf(0))),
  ],
  [
    'a loop with a call of the host',
    {
      imports: [{ module: 'host', name: 'f' }],
      functions: [{ as: 'run', params: 'i', body: op.loop(...op.call(0), ...op.br(0)) }],
    },
  ],
  ['a function that calls itself', { functions: [{ as: 'run', body: op.call(0) }] }],
  ['a function that replaces itself', { functions: [{ as: 'run', body: [0x12, 0] }] }],
];

const OTHERS: readonly (readonly [string, ModuleSpec])[] = [
  ...CIRCLES,
  ['a counted loop', run(op.loop(...store, ...more(0, 1), ...op.tee(0), ...op.get(1), 0x47, ...op.brIf(0)))],
  ['bulk operations', run([...op.get(0), ...op.get(1), ...op.get(2), 0xfc, 0x0a, 0, 0])],
  [
    'functions that call each other',
    {
      functions: [
        { as: 'run', params: 'i', body: [...op.get(0), ...op.if([...op.get(0), ...op.call(1)])] },
        {
          params: 'i',
          body: [...op.loop(...more(0, 5), ...op.tee(0), ...op.brIf(0)), ...op.get(0), ...op.call(0)],
        },
      ],
    },
  ],
];

function isRefused(bytes: Uint8Array): boolean {
  try {
    checkModule(bytes);
    return false;
  } catch (error) {
    if (error instanceof NotProved) return true;
    throw error;
  }
}

const missed = (mutants: readonly Mutant[]): string[] =>
  mutants.filter(({ bytes }) => WebAssembly.validate(bytes) && !isRefused(bytes)).map(({ what }) => what);

describe('the checker', () => {
  test.each(OTHERS)('proves %s as the meter rewrites it', (_name, spec) => {
    expect(checkModule(metered(spec)).longest).toBeGreaterThan(0);
  });

  test.each(CIRCLES)('refuses %s without any of its charges or checks', (_name, spec) => {
    const mutants = essentialMutants(metered(spec));
    expect(mutants.length).toBeGreaterThanOrEqual(2);
    expect(mutants.every(({ bytes }) => WebAssembly.validate(bytes))).toBe(true);
    expect(missed(mutants)).toEqual([]);
  });

  test.each(OTHERS)('refuses %s with anything more that touches what is the meter’s', (_name, spec) => {
    const mutants = intrudedMutants(metered(spec), 3);
    expect(mutants.length).toBeGreaterThan(20);
    expect(missed(mutants)).toEqual([]);
  });

  test.each([
    ['by one, up to another local', [...more(0, 1), ...op.tee(0), ...op.get(1), 0x47]],
    ['by four, while below another local', [...more(0, 4), ...op.tee(0), ...op.get(1), 0x48]],
    ['by minus eight, while above a constant', [...more(0, -8), ...op.tee(0), ...op.i32(16), 0x4b]],
    ['by minus one, to zero', [...more(0, -1), ...op.tee(0)]],
  ])('refuses a loop that counts %s when its guard lets everything pass', (_name, condition) => {
    const bytes = metered(run(op.loop(...store, ...condition, ...op.brIf(0))));
    expect(checkModule(bytes).longest).toBeGreaterThan(2 ** 18);
    const guards = essentialMutants(bytes).filter(({ what }) => /guard|slow call|after/.test(what));
    expect(guards.some(({ what }) => what.includes('guard'))).toBe(true);
    expect(missed(guards)).toEqual([]);
  });
});
