// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { FuelGauge } from '../../../../../worker/wasm/fuel-gauge.ts';
import { MeteredInstance } from '../../../../../worker/wasm/instance.ts';
import { meterModule } from '../../../../../worker/wasm/meter/meter.ts';
import { METER_EXPORT } from '../../../../../worker/wasm/meter/meter-names.ts';
import { DEPTH_LIMIT } from '../../../../../worker/wasm/slow-codes.ts';
import { wrapSlowFunction } from '../../../../../worker/wasm/trampoline.ts';
import { type ModuleSpec, op, unsigned, wasmModule } from '../../../../support/wasm-builder.ts';

const LIMITS = { moduleBytes: 10_000_000, memoryBytes: 1_048_576 };

function start(spec: ModuleSpec, quantum = 1000n) {
  const gauge = new FuelGauge({ limit: 10n ** 12n, quantum, breathe: () => true, mayGrowBy: () => false });
  return { gauge, instance: MeteredInstance.create(meterModule(wasmModule(spec), LIMITS), gauge) };
}

const text = (name: string): number[] => [...unsigned(name.length), ...Buffer.from(name)];

test('imports of every kind keep their places, and so does all that comes after them', () => {
  const imported = [
    ...[...text('m'), ...text('f'), 0, 0],
    ...[...text('m'), ...text('t'), 1, 0x70, 0, 1],
    ...[...text('m'), ...text('memory'), 2, 0, 1],
    ...[...text('m'), ...text('g'), 3, 0x7f, 1],
  ];
  // run(x) = table[0](x) + f(x) + global, once it is stored in the memory
  const run = [
    ...[...op.i32(0), ...op.get(0), ...op.call(0), 0x36, 2, 0],
    ...[...op.i32(0), 0x28, 2, 0, ...op.get(0), ...op.i32(0), 0x11, 0, 0, ...op.add, 0x23, 0, ...op.add],
  ];
  const { bytes } = meterModule(
    wasmModule({
      types: [[0x60, 1, 0x7f, 1, 0x7f]],
      sections: { 2: [4, ...imported], 3: [1, 0], 7: [1, ...text('run'), 0, 1] },
      functions: [{ params: 'i', results: 'i', body: run }],
    }),
    LIMITS,
  );
  const twice = new WebAssembly.Instance(
    new WebAssembly.Module(
      wasmModule({
        functions: [{ as: 'f', params: 'i', results: 'i', body: [...op.get(0), ...op.get(0), ...op.add] }],
      }),
    ),
  ).exports['f'];
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  table.set(0, twice);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    m: {
      f: (x: number) => x * 100,
      t: table,
      memory: new WebAssembly.Memory({ initial: 1 }),
      g: new WebAssembly.Global({ value: 'i32', mutable: true }, 1),
    },
  } as unknown as WebAssembly.Imports);
  (exports[METER_EXPORT.fuel] as WebAssembly.Global).value = 10n ** 6n;
  expect((exports['run'] as (x: number) => number)(7)).toBe(700 + 14 + 1);
});

test('a section for linking at run time stays the first', () => {
  const linked = [0, ...unsigned(10), ...text('dylink.0'), 1];
  const module = wasmModule({ functions: [{ as: 'run', body: [] }] });
  const { bytes } = meterModule(
    Uint8Array.from([...module.subarray(0, 8), ...linked, ...module.subarray(8)]),
    LIMITS,
  );
  expect([...bytes.subarray(8, 8 + linked.length)]).toEqual(linked);
});

test('functions that are too large once they are metered, or loops nested too deep, are refused', () => {
  const locals = wasmModule({
    functions: [{ as: 'run', body: [] }],
    sections: { 10: [1, 6, 1, ...unsigned(49_998), 0x7f, 0x0b] },
  });
  expect(() => meterModule(locals, LIMITS)).toThrow('too large once it is metered');
  const nested = [...Array<number[]>(1001).fill([0x03, 0x40]).flat(), ...Array<number>(1001).fill(0x0b)];
  expect(() => meterModule(wasmModule({ functions: [{ as: 'run', body: nested }] }), LIMITS)).toThrow(
    'nested deeper',
  );
});

describe('the depth of calls', () => {
  const countDown = (call: readonly number[]): number[] => [
    ...op.get(0),
    ...op.if([...op.get(0), ...op.i32(1), ...op.sub, ...call]),
  ];

  test.each([
    ['itself', { functions: [{ as: 'run', params: 'i', body: countDown(op.call(0)) }] }],
    [
      'one that calls it',
      {
        functions: [
          { as: 'run', params: 'i', body: countDown(op.call(1)) },
          { params: 'i', locals: 'vvvv', body: countDown(op.call(0)) },
        ],
      },
    ],
    [
      'itself through a table',
      {
        types: [[0x60, 1, 0x7f, 0]],
        sections: { 4: [1, 0x70, 0, 1], 9: [1, 0, 0x41, 0, 0x0b, 1, 0] },
        functions: [{ as: 'run', params: 'i', body: countDown([...op.i32(0), 0x11, 0, 0]) }],
      },
    ],
  ] satisfies [string, ModuleSpec][])('is counted in a function that calls %s', (_, spec) => {
    const gauge = new FuelGauge({ limit: 10n ** 12n, breathe: () => true, mayGrowBy: () => false });
    const metered = meterModule(wasmModule(spec), LIMITS);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes));
    (exports[METER_EXPORT.slow] as WebAssembly.Table).set(0, wrapSlowFunction(gauge.slow));
    const run = exports['run'] as (rounds: number) => void;
    const depth = exports[METER_EXPORT.depth] as WebAssembly.Global;
    run(1000);
    expect(depth.value).toBe(0);
    expect(gauge.endedBy).toBeUndefined();
    // The stack of a test is small: so this one is nearly full to begin with.
    depth.value = DEPTH_LIMIT - 10_000;
    expect(() => run(1000)).toThrow(WebAssembly.RuntimeError);
    expect(gauge.endedBy).toBe('out_of_stack');
  });

  test.each([
    ['the older kind', (body: readonly number[]) => [0x06, 0x40, ...body, 0x07, 0, 0x0b]],
    ['the newer kind', (body: readonly number[]) => op.block(0x1f, 0x40, 1, 0, 0, 0, ...body, 0x0b)],
    [
      'the newer kind, at the end of the function',
      (body: readonly number[]) => [0x1f, 0x40, 1, 0, 0, 0, ...body, 0x0b],
    ],
  ])('is right again after exceptions of %s that came from far below', (_, catching) => {
    const deep = [...op.get(0), ...op.if([...op.get(0), ...op.i32(1), ...op.sub, ...op.call(2)], [0x08, 0])];
    const loop = [...op.call(1), ...op.get(0), ...op.i32(1), ...op.sub, ...op.tee(0), ...op.brIf(0)];
    const { instance, gauge } = start({
      types: [[0x60, 0, 0]],
      sections: { 13: [1, 0, 0] },
      functions: [
        { as: 'run', params: 'i', body: op.loop(...loop) },
        { body: catching([...op.i32(1000), ...op.call(2)]) },
        { params: 'i', body: deep },
      ],
    });
    instance.call('run', 1000);
    expect(gauge.endedBy).toBeUndefined();
  });
});

test('no way of a module burns much before it looks at its fuel', () => {
  const levels = 22;
  const functions = Array.from({ length: levels }, (_, level) => ({
    ...(level === 0 ? { as: 'run' } : {}),
    params: 'i',
    body:
      level === levels - 1
        ? Array.from({ length: 50 }, () => [...op.i32(1), ...op.set(0)]).flat()
        : [...op.get(0), ...op.call(level + 1), ...op.get(0), ...op.call(level + 1)],
  }));
  let last = 0n;
  let longest = 0n;
  const gauge = new FuelGauge({
    limit: 10n ** 12n,
    quantum: 1n,
    breathe: (consumed) => {
      if (consumed - last > longest) longest = consumed - last;
      last = consumed;
      return true;
    },
    mayGrowBy: () => false,
  });
  MeteredInstance.create(meterModule(wasmModule({ functions }), LIMITS), gauge).call('run', 1);
  expect(last).toBeGreaterThan(10n ** 8n);
  expect(longest).toBeLessThan(2n ** 20n);
});
