// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { FuelGauge } from '../../../../worker/wasm/fuel-gauge.ts';
import { MeteredInstance } from '../../../../worker/wasm/instance.ts';
import { meterModule } from '../../../../worker/wasm/meter/meter.ts';
import { compile, type Program, programs, wasmOf } from '../../../support/wasm-programs.ts';

const RUNS = 400;
const LIMITS = { moduleBytes: 1_000_000, memoryBytes: 65_536 };

function runMetered(bytes: Uint8Array<ArrayBuffer>, input: number, quantum: bigint) {
  const gauge = new FuelGauge({ limit: 10n ** 12n, quantum, breathe: () => true, mayGrowBy: () => false });
  const instance = MeteredInstance.create(meterModule(bytes, LIMITS), gauge);
  const result = instance.call('run', input);
  return { result, fuel: instance.consumed };
}

function runPlain(bytes: Uint8Array<ArrayBuffer>, input: number): unknown {
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return (run as (input: number) => number)(input);
}

const inputs = fc.integer({ min: -3, max: 3 });

test('a metered program returns what the plain one returns, and burns the fuel that a model of it counts', () => {
  fc.assert(
    fc.property(programs, inputs, (program: Program, input) => {
      const bytes = wasmOf(program);
      const model = compile(program)(input);
      const metered = runMetered(bytes, input, 1000n);
      expect(runPlain(bytes, input)).toBe(model.result);
      expect(metered).toEqual({ result: model.result, fuel: BigInt(model.fuel) });
    }),
    { numRuns: RUNS },
  );
});

test('fuel does not depend on how often the host is asked for more', () => {
  fc.assert(
    fc.property(programs, inputs, fc.bigInt({ min: 1n, max: 10_000n }), (program, input, quantum) => {
      const bytes = wasmOf(program);
      expect(runMetered(bytes, input, quantum)).toEqual(runMetered(bytes, input, 2n ** 50n));
    }),
    { numRuns: RUNS },
  );
});
