// SPDX-License-Identifier: MIT
import { oracleMeter } from '../../test/support/oracle-meter/oracle-meter.ts';
import { FuelGauge } from '../../worker/wasm/fuel-gauge.ts';
import { MeteredInstance } from '../../worker/wasm/instance.ts';
import { type MeteredModule, meterModule } from '../../worker/wasm/meter/meter.ts';

const LIMITS = { moduleBytes: 256 * 1024 * 1024, memoryBytes: 2 ** 32 };

type Rewrite = (bytes: Uint8Array<ArrayBuffer>) => MeteredModule;

/** The meter of tasks, with limits that no module of the benchmark comes near. */
export const meterFreely: Rewrite = (bytes) => meterModule(bytes, LIMITS);

/** The ways to meter that are measured; the oracle shows what the tricks of the other are worth. */
export const METERS: Readonly<Record<'metered' | 'oracle', Rewrite>> = {
  metered: meterFreely,
  oracle: (bytes) => oracleMeter(bytes),
};

/** Fuel that never ends, handed out as to a task that nothing slows down. */
const endlessGauge = (): FuelGauge =>
  new FuelGauge({ limit: 2n ** 61n, breathe: () => true, mayGrowBy: () => false });

type Run = (seed: number) => unknown;

/** The module with a custom section at its end: to V8 another one, so that it is compiled once more. */
export const asAnotherModule = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...bytes, 0, 8, 7, ...Buffer.from('control')]);

export function plainRun(bytes: Uint8Array<ArrayBuffer>): Run {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  (exports['_initialize'] as (() => void) | undefined)?.();
  return exports['run'] as Run;
}

/** @param metered what one of METERS made */
export function meteredRun(metered: MeteredModule): Run {
  const instance = MeteredInstance.create(metered, endlessGauge());
  if (metered.shape.exports.some(({ name }) => name === '_initialize')) instance.call('_initialize');
  return (seed) => instance.call('run', seed);
}
