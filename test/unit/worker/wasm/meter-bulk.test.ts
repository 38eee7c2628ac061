// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { checkModule } from '../../../../worker/wasm/checker/check-module.ts';
import { FuelGauge } from '../../../../worker/wasm/fuel-gauge.ts';
import { MeteredInstance } from '../../../../worker/wasm/instance.ts';
import { meterModule } from '../../../../worker/wasm/meter/meter.ts';
import { planned } from '../../../support/meter-plan.ts';
import { op, unsigned, wasmModule } from '../../../support/wasm-builder.ts';

const PAGES = 64;
const MIB = 2 ** 20;
const LIMITS = { moduleBytes: 4 * MIB, memoryBytes: PAGES * 65_536 };

const three = [...op.get(0), ...op.get(1), ...op.get(2)];
const module = wasmModule({
  memory: [PAGES, PAGES],
  functions: [
    { as: 'copy', params: 'iii', body: [...three, 0xfc, 0x0a, 0, 0] },
    { as: 'fill', params: 'iii', body: [...three, 0xfc, 0x0b, 0] },
    { as: 'init', params: 'iii', body: [...three, 0xfc, 0x08, 0, 0] },
  ],
  sections: {
    12: [1],
    11: [1, 1, ...unsigned(3 * MIB), ...Array.from({ length: 3 * MIB }, (_, i) => (i * 7 + (i >> 8)) & 0xff)],
  },
});

const fill = (length: number): number[] => [...op.i32(64), ...op.i32(7), ...op.i32(length), 0xfc, 0x0b, 0];

/** Runs a module that the checker accepts. @returns how many bytes it has set to 7 */
function run(bytes: Uint8Array<ArrayBuffer>): { filled: number; fuel: bigint } {
  const rewritten = meterModule(bytes, LIMITS);
  checkModule(rewritten.bytes);
  const gauge = new FuelGauge({ limit: 10n ** 12n, breathe: () => true, mayGrowBy: () => false });
  const instance = MeteredInstance.create(rewritten, gauge);
  instance.call('run', 0);
  const filled = new Uint8Array(instance.memory).filter((byte) => byte === 7).length;
  return { filled, fuel: instance.consumed };
}

type Call = readonly [name: 'copy' | 'fill' | 'init', to: number, from: number, length: number];

const scribble = (memory: ArrayBuffer): void => {
  const words = new Uint32Array(memory);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 0x9e3779b1);
};

function plain([name, ...operands]: Call): { memory: Buffer; trapped: boolean } {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const memory = (exports['memory'] as WebAssembly.Memory).buffer;
  scribble(memory);
  let trapped = false;
  try {
    (exports[name] as (...values: readonly number[]) => void)(...operands);
  } catch {
    trapped = true;
  }
  return { memory: Buffer.from(memory), trapped };
}

function metered([name, ...operands]: Call, quantum: bigint) {
  let looks = 0;
  const gauge = new FuelGauge({
    limit: 10n ** 12n,
    quantum,
    breathe: () => ++looks > 0,
    mayGrowBy: () => false,
  });
  const instance = MeteredInstance.create(meterModule(module, LIMITS), gauge);
  scribble(instance.memory);
  let trapped = false;
  try {
    instance.call(name, ...operands);
  } catch {
    trapped = true;
  }
  return { memory: Buffer.from(instance.memory), trapped, fuel: instance.consumed, looks };
}

const CALLS: readonly Call[] = [
  ['copy', 0, 3 * MIB + 5, 900_000],
  ['copy', 1000, 5, 3 * MIB - 77],
  ['copy', 5, 1000, 3 * MIB - 77],
  ['copy', 5, 5, 2 * MIB],
  ['copy', 100_000, 0, 2 * MIB],
  ['copy', 0, MIB, 2 * MIB + 1],
  ['copy', 3 * MIB, 0, 2 * MIB],
  ['copy', 0, 3 * MIB, 2 * MIB],
  ['fill', 3, 0xab, 3 * MIB + 9],
  ['fill', 3 * MIB, 0xab, 2 * MIB],
  ['fill', 0, 0xab, 0],
  ['init', 17, 1, 3 * MIB - 1],
  ['init', 17, 5, 3 * MIB - 1],
  ['init', 3 * MIB, 0, 2 * MIB],
];

describe('bulk operations of a metered module', () => {
  test.each(CALLS)('%s to %i from %i of %i bytes leaves the memory that the plain one leaves', (...call) => {
    const { memory, trapped } = plain(call);
    const after = metered(call, 1000n);
    expect(after.trapped).toBe(trapped);
    expect(after.memory.equals(memory)).toBe(true);
    expect(metered(call, 2n ** 50n).fuel).toBe(after.fuel);
  });

  test('more than a mebibyte is looked at between its pieces', () => {
    expect(metered(['fill', 0, 1, 3 * MIB + 9], 1000n).looks).toBeGreaterThanOrEqual(3);
  });

  test.each([0, 15, 16, 4096, 2 ** 18])('that fill %i bytes, a constant, stay what they are', (length) => {
    const spec = { memory: [PAGES, PAGES] as const, functions: [{ as: 'run', body: fill(length) }] };
    expect(planned(spec).code.bulk.all).toEqual([]);
    const { filled, fuel } = run(wasmModule(spec));
    expect(filled).toBe(length);
    expect(fuel).toBe(BigInt(4 + (length >>> 4)));
  });

  test.each([
    ['of more than 256 KiB', fill(2 ** 18 + 16)],
    ['of 256 KiB, and more of the same function', [...fill(2 ** 18), ...fill(16)]],
    ['of a length below zero', [...op.get(0), ...op.if(fill(-1))]],
  ])('%s are looked at all the same', (_name, body) => {
    const spec = { memory: [PAGES, PAGES] as const, functions: [{ as: 'run', params: 'i', body }] };
    expect(planned(spec).code.bulk.all).toHaveLength(1);
    run(wasmModule(spec));
  });
});
