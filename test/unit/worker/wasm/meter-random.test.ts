// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { checkModule } from '../../../../worker/wasm/checker/check-module.ts';
import { meterModule } from '../../../../worker/wasm/meter/meter.ts';
import { oracleMeter } from '../../../support/oracle-meter/oracle-meter.ts';
import { type RandomProgram, randomPrograms } from '../../../support/wasm-random.ts';
import { randomModule } from '../../../support/wasm-random-module.ts';
import {
  compile,
  isPricedExactly,
  overreaches,
  runMetered,
  runPlain,
} from '../../../support/wasm-random-runs.ts';

/** LULL_RANDOM_RUNS=20000 tries that many; LULL_RANDOM_SEED repeats a run. */
const RUNS = Number(process.env['LULL_RANDOM_RUNS'] ?? 300);
const SEED = process.env['LULL_RANDOM_SEED'];
const LIMITS = { moduleBytes: 1_000_000, memoryBytes: 2 ** 30 };
const LIMIT = 100_000n;
/** More than leaves can be overpriced by. */
const PLENTY = 1000n * LIMIT;
/** The most that can pass between two checks: the trips of a fast loop, and a function or two. */
const BETWEEN_CHECKS = 2n ** 22n;

const inputs = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.integer());
const quanta = fc.bigInt({ min: 1n, max: 100_000n });

function compare(program: RandomProgram, input: number, quantum: bigint): void {
  const bytes = randomModule(program);
  const rewritten = meterModule(bytes, LIMITS);
  checkModule(rewritten.bytes);
  const metered = compile(rewritten);
  const expected = runMetered(compile(oracleMeter(bytes)), { input, limit: 2n * LIMIT });
  if (expected.ended === 'out_of_fuel') {
    const stopped = runMetered(metered, { input, limit: LIMIT, quantum });
    expect(stopped.fuel).toBeLessThan(LIMIT + BETWEEN_CHECKS);
    if (stopped.ended === 'out_of_fuel' || !overreaches(program)) expect(stopped.ended).toBe('out_of_fuel');
    else expect(stopped).toMatchObject(runPlain(new WebAssembly.Module(bytes), input));
    return;
  }
  const { fuel: exact, ...seen } = expected;
  expect(runPlain(new WebAssembly.Module(bytes), input)).toEqual(seen);
  const { fuel, ...result } = runMetered(metered, { input, limit: PLENTY });
  expect(result).toEqual(seen);
  const ends = !expected.ended.startsWith('trapped');
  if (ends && isPricedExactly(program)) expect(fuel).toBe(exact);
  if (ends) expect(fuel).toBeGreaterThanOrEqual(exact);

  let last = 0n;
  const paused = runMetered(metered, {
    input,
    limit: PLENTY,
    quantum,
    onPause: (consumed) => {
      expect(consumed).toBeGreaterThanOrEqual(last);
      last = consumed;
    },
  });
  const { fuel: fuelWhenPaused, ...resultWhenPaused } = paused;
  expect(resultWhenPaused).toEqual(seen);
  if (ends) expect(fuelWhenPaused).toBe(fuel);
  else expect(runMetered(metered, { input, limit: PLENTY }).fuel).toBe(fuel);
}

test('random modules pass the checker, do metered what they do unmetered, burn what the oracle counts, and are stopped at the limit', () => {
  fc.assert(fc.property(randomPrograms, inputs, quanta, compare), {
    numRuns: RUNS,
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
  });
}, 3_600_000);
