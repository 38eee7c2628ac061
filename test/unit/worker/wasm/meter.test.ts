// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { FuelGauge } from '../../../../worker/wasm/fuel-gauge.ts';
import { MeteredInstance } from '../../../../worker/wasm/instance.ts';
import { meterModule } from '../../../../worker/wasm/meter/meter.ts';
import { METER_EXPORT } from '../../../../worker/wasm/meter/meter-names.ts';
import { type ModuleSpec, op, signed, wasmModule } from '../../../support/wasm-builder.ts';

const LIMITS = { moduleBytes: 1_000_000, memoryBytes: 1_048_576 };

function meter(spec: ModuleSpec, quantum?: bigint) {
  const metered = meterModule(wasmModule(spec), LIMITS);
  const gauge = new FuelGauge({
    limit: 10n ** 12n,
    breathe: () => true,
    mayGrowBy: () => false,
    ...(quantum === undefined ? {} : { quantum }),
  });
  const imports = { host: { add: (a: number, b: number) => a + b } } as unknown as WebAssembly.Imports;
  const instance = MeteredInstance.create(metered, gauge, imports);
  return { metered, gauge, instance };
}

/** Runs the exported function "run"; what it returned and what it consumed. */
function run(spec: ModuleSpec, ...values: (number | bigint)[]): { result: unknown; fuel: bigint } {
  const { instance } = meter(spec);
  const result = instance.call('run', ...values);
  return { result, fuel: instance.consumed };
}

const body = (
  instructions: readonly number[],
  more: Omit<ModuleSpec, 'functions'> & { params?: string; results?: string; locals?: string } = {},
): ModuleSpec => {
  const { params = '', results = 'i', locals = '', ...rest } = more;
  return { ...rest, functions: [{ as: 'run', params, results, locals, body: instructions }] };
};

describe('the meter', () => {
  test('charges one unit for each instruction that runs', () => {
    expect(run(body([...op.i32(1), ...op.i32(2), ...op.add]))).toEqual({ result: 3, fuel: 3n });
  });

  test('charges nothing for structure and for dropping', () => {
    const free = op.block(0x01, ...op.i32(5), ...op.drop);
    expect(run(body([...free, ...op.i32(1)])).fuel).toBe(2n);
  });

  test('charges more for division', () => {
    expect(run(body([...op.i32(7), ...op.i32(2), ...op.divU]))).toEqual({ result: 3, fuel: 10n });
  });

  test.each([
    [1, 2],
    [0, 4],
  ])('charges only the arm that is taken when the condition is %i', (condition, arm) => {
    const either = op.if([...op.i32(1), ...op.set(1)], [...op.i32(1), ...op.i32(1), ...op.add, ...op.set(1)]);
    const spec = body([...op.get(0), ...either, ...op.get(1)], { params: 'i', locals: 'i' });
    expect(run(spec, condition).fuel).toBe(BigInt(2 + arm + 1));
  });

  test('charges a loop for each round', () => {
    const spec = body(
      [...op.loop(...op.get(0), ...op.i32(1), ...op.sub, ...op.tee(0), ...op.brIf(0)), ...op.i32(9)],
      { params: 'i' },
    );
    expect(run(spec, 1).fuel).toBe(6n);
    expect(run(spec, 1000).fuel).toBe(5001n);
  });

  test('charges the target of a branch table and no other', () => {
    const table = [0x0e, 2, 0, 1, 2];
    const spec = body(
      op
        .block(
          ...op.block(...op.block(...op.get(0), ...table), ...op.i32(1), ...op.return),
          ...[...op.i32(1), ...op.i32(1), ...op.add, ...op.return],
        )
        .concat(op.i32(3), [0x45, 0x45, 0x45]),
      { params: 'i' },
    );
    expect(run(spec, 0)).toEqual({ result: 1, fuel: 4n });
    expect(run(spec, 1)).toEqual({ result: 2, fuel: 6n });
    expect(run(spec, 9)).toEqual({ result: 0, fuel: 6n });
  });

  test('charges calls and what is called', () => {
    const spec: ModuleSpec = {
      functions: [
        { as: 'run', results: 'i', body: [...op.i32(20), ...op.i32(22), ...op.call(1)] },
        { params: 'ii', results: 'i', body: [...op.get(0), ...op.get(1), ...op.add] },
      ],
    };
    expect(run(spec)).toEqual({ result: 42, fuel: 2n + 4n + 3n });
  });

  test('charges calls of the host and leaves their place among the functions', () => {
    const spec: ModuleSpec = {
      imports: [{ module: 'host', name: 'add', params: 'ii', results: 'i' }],
      functions: [{ as: 'run', results: 'i', body: [...op.i32(20), ...op.i32(22), ...op.call(0)] }],
    };
    expect(run(spec)).toEqual({ result: 42, fuel: 6n });
  });

  test('charges tail calls, whose frames it does not count', () => {
    const countDown = [
      ...op.get(0),
      0x45,
      ...op.if([...op.i32(7), ...op.return]),
      ...[...op.get(0), ...op.i32(1), ...op.sub, 0x12, 0],
    ];
    const spec = body(countDown, { params: 'i' });
    expect(run(spec, 500_000)).toEqual({ result: 7, fuel: 500_000n * 10n + 5n });
  });

  test('charges growing memory by the page, and refuses beyond the limit of the task', () => {
    const spec = body([...op.get(0), ...op.grow], { params: 'i', memory: [1] });
    expect(run(spec, 2)).toEqual({ result: 1, fuel: 1n + 200n + 512n });
    expect(run(spec, 16)).toEqual({ result: -1, fuel: 1n + 200n + 4096n });
  });

  test('charges moving bytes by their number', () => {
    const fill = [...op.i32(0), ...op.i32(7), ...op.get(0), 0xfc, 0x0b, 0x00];
    const spec = body([...fill, ...op.i32(16), 0x2d, 0, 0], { params: 'i', memory: [1] });
    expect(run(spec, 17)).toEqual({ result: 7, fuel: 4n + 1n + 2n });
    expect(run(spec, 65_536).fuel).toBe(4n + 4096n + 2n);
  });

  test('counts on after an exception that the module caught', () => {
    const sections = { 13: [1, 0, 0] };
    const spec: ModuleSpec = {
      types: [[0x60, 0, 0]],
      sections,
      functions: [
        {
          as: 'run',
          results: 'i',
          body: [0x06, 0x40, ...op.call(1), 0x07, 0, 0x0b, ...op.i32(5)],
        },
        { body: [0x08, 0] },
      ],
    };
    expect(run(spec)).toEqual({ result: 5, fuel: 4n + 1000n + 1n });
  });

  test('takes functions with more than one result, vectors and constants that are expressions', () => {
    const vector = [0xfd, 0x0c, ...Array<number>(16).fill(2), 0xfd, 0x15, 3];
    const global = [1, 0x7f, 0, ...op.i32(40), ...op.i32(2), ...op.add, 0x0b];
    const spec: ModuleSpec = {
      sections: { 6: global },
      functions: [{ as: 'run', results: 'ii', body: [0x23, 0, ...vector] }],
    };
    expect(run(spec)).toEqual({ result: [42, 2], fuel: 3n });
  });

  test('lets the host call the start function, so that it is metered too', () => {
    const { metered, instance } = meter({
      start: 1,
      sections: { 6: [1, 0x7f, 1, ...op.i32(0), 0x0b] },
      functions: [{ as: 'run', results: 'i', body: [0x23, 0] }, { body: [...op.i32(33), 0x24, 0] }],
    });
    expect(metered.hasStart).toBe(true);
    expect(instance.call('run')).toBe(0);
    instance.call(METER_EXPORT.start);
    expect(instance.call('run')).toBe(33);
    expect(instance.consumed).toBe(4n);
  });

  test('counts the depth from the caller on, after calls that went deeper and came back', () => {
    const deep = [...op.get(0), ...op.if([...op.get(0), ...op.i32(1), ...op.sub, ...op.call(1)])];
    const spec: ModuleSpec = {
      functions: [
        {
          as: 'run',
          results: 'i',
          locals: 'i',
          body: [
            ...op.loop(
              ...[...op.i32(1000), ...op.call(1)],
              ...[...op.get(0), ...op.i32(1), ...op.add, ...op.tee(0), ...op.i32(100), 0x49, ...op.brIf(0)],
            ),
            ...op.get(0),
          ],
        },
        { params: 'i', body: deep },
      ],
    };
    expect(run(spec).result).toBe(100);
  });

  test('gives every quantum the same fuel, and asks again before it gives more than that', () => {
    const spec = body(
      [...op.loop(...op.get(0), ...op.i32(1), ...op.sub, ...op.tee(0), ...op.brIf(0)), ...op.i32(9)],
      { params: 'i' },
    );
    const fuels = [1n, 7n, 1000n, 2n ** 50n].map((quantum) => {
      const { instance } = meter(spec, quantum);
      instance.call('run', 5000);
      return instance.consumed;
    });
    expect(new Set(fuels)).toEqual(new Set([25_001n]));
  });

  test('cannot be fed by the module itself: nothing that it adds can be named by it', () => {
    const reads = (index: number): Uint8Array<ArrayBuffer> =>
      wasmModule(body([0x23, index, 0xa7], { sections: { 6: [1, 0x7e, 0, 0x42, ...signed(1), 0x0b] } }));
    expect(() => meterModule(reads(0), LIMITS)).not.toThrow();
    expect(() => meterModule(reads(1), LIMITS)).toThrow('not valid WebAssembly');
  });
});
