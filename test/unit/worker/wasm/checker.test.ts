// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { checkModule } from '../../../../worker/wasm/checker/check-module.ts';
import * as limits from '../../../../worker/wasm/checker/limits.ts';
import { NotProved } from '../../../../worker/wasm/checker/not-proved.ts';
import { METER_EXPORT } from '../../../../worker/wasm/meter/meter-names.ts';
import { DEPTH_LIMIT } from '../../../../worker/wasm/slow-codes.ts';
import { op, signed, unsigned, wasmModule } from '../../../support/wasm-builder.ts';

/*
 * Modules written by hand as the meter might write them: the counter is global 0, the depth global 1, the slow table
 * table 0, and type 0 is its function's. Each rule has a module that keeps it and a twin that does not.
 */

const [COUNTER, DEPTH, F] = [0, 1, 3];
const getCounter = [0x23, COUNTER];
const setCounter = [0x24, COUNTER];
const charge = (units: number) => [...getCounter, 0x42, ...signed(units), 0x7d, ...setCounter];
const slow = [...getCounter, ...op.i32(0), 0x11, 0, 0, ...setCounter];
const check = [...getCounter, 0x42, 0, 0x53, 0x04, 0x40, ...slow, 0x0b];
const load = [...getCounter, ...op.set(F)];
const save = [...op.get(F), ...setCounter];
const chargeLocal = (units: number) => [...op.get(F), 0x42, ...signed(units), 0x7d, ...op.set(F)];
const isNegative = [...op.get(F), 0x42, 0, 0x53];
const name = (text: string) => [...unsigned(text.length), ...Buffer.from(text)];

interface Parts {
  readonly body: readonly number[];
  readonly table?: readonly number[];
  readonly exports?: readonly (readonly number[])[];
  readonly sections?: Readonly<Record<number, readonly number[]>>;
}

/** One function with three i32 parameters and one i64 local, index 3. */
function written({ body, table = [1, 0x70, 1, 1, 1], exports = [], sections = {} }: Parts): Uint8Array {
  const all = [
    [...name('lull:fuel'), 3, COUNTER],
    [...name('lull:depth'), 3, DEPTH],
    [...name('lull:slow'), 1, 0],
    ...exports,
  ];
  return wasmModule({
    types: [[0x60, 1, 0x7e, 1, 0x7e]],
    functions: [{ params: 'iii', locals: 'I', body }],
    memory: [1, 2],
    sections: {
      4: table,
      6: [2, 0x7e, 1, 0x42, 0, 0x0b, 0x7f, 1, 0x41, 0, 0x0b],
      7: [...unsigned(all.length), ...all.flat()],
      ...sections,
    },
  });
}

function reasonOf(parts: Parts): string {
  const bytes = written(parts);
  expect(WebAssembly.validate(new Uint8Array(bytes))).toBe(true);
  try {
    checkModule(bytes);
    return 'proved';
  } catch (error) {
    if (error instanceof NotProved) return error.reason;
    throw error;
  }
}

const three = [...op.get(0), ...op.get(1), ...op.get(2)];
const fill = [0xfc, 0x0b, 0];
const mib = op.i32(2 ** 20);
const isShort = [...op.get(2), ...mib, 0x4d];
const nested = (...between: readonly number[]) =>
  op.loop(
    ...[...isNegative, ...op.if([...save, ...slow, ...load])],
    ...op.loop(...isNegative, ...op.brIf(1), ...between, ...op.get(0), ...op.brIf(0)),
  );
const guard = (bound: number) => [
  ...[...op.get(1), ...op.get(0), ...op.sub, ...op.tee(2)],
  ...[...op.i32(1), ...op.sub, ...op.i32(bound), 0x49],
];
const pay = (price: number) => [
  ...[...op.get(F), ...op.get(2), 0xad, 0x42, ...signed(price), 0x7e, 0x7d],
  ...op.set(F),
];
const count = (step: number, comparison = 0x47) =>
  op.loop(...op.get(0), ...op.i32(step), ...op.add, ...op.tee(0), ...op.get(1), comparison, ...op.brIf(0));

describe('the checker proves what keeps a rule and refuses what does not', () => {
  test.each<[string, Parts, Parts, RegExp]>([
    [
      'a loop passes a charge',
      { body: op.loop(...charge(1), ...check, ...op.br(0)) },
      { body: op.loop(...charge(0), ...check, ...op.br(0)) },
      /without a charge/,
    ],
    [
      'a loop passes a check',
      { body: op.loop(...charge(1), ...check, ...op.br(0)) },
      { body: op.loop(...charge(1), ...op.br(0)) },
      /without a check/,
    ],
    [
      'each way round a loop passes a check',
      { body: op.loop(...charge(1), ...check, ...op.get(0), ...op.brIf(0), ...op.br(0)) },
      { body: op.loop(...charge(1), ...op.get(0), ...op.brIf(0), ...check, ...op.br(0)) },
      /without a check/,
    ],
    [
      'the inner of two loops leaves for the slow call',
      { body: [...load, ...nested(...chargeLocal(2)), ...save] },
      { body: [...load, ...nested(), ...save] },
      /without a charge/,
    ],
    [
      'the counter goes back to its global before the function ends',
      { body: [...load, ...chargeLocal(2), ...save] },
      { body: [...load, ...chargeLocal(2)] },
      /where its caller looks for it/,
    ],
    [
      'the counter is read from where it is',
      { body: [...load, ...chargeLocal(2), ...save, ...charge(1)] },
      { body: [...load, ...chargeLocal(2), ...charge(1)] },
      /out of date/,
    ],
    ['a charge takes', { body: charge(7) }, { body: charge(-7) }, /no price/],
    [
      'a bulk operation is short',
      { body: [...isShort, ...op.if([...three, ...fill])] },
      { body: [...three, ...fill] },
      /may move more/,
    ],
    [
      'a length is compared since it was set',
      { body: [...op.i32(9), ...op.set(2), ...isShort, ...op.if([...three, ...fill])] },
      { body: [...isShort, ...op.if([...op.get(0), ...op.set(2), ...three, ...fill])] },
      /may move more/,
    ],
    [
      'a counted loop is guarded',
      { body: [...load, ...guard(1000), ...op.if([...pay(6), ...count(1)]), ...save] },
      { body: [...load, ...op.get(0), ...op.if([...pay(6), ...count(1)]), ...save] },
      /without a check/,
    ],
    [
      'trips times price of a counted loop stays within the limit',
      { body: [...load, ...guard(174_762), ...op.if([...pay(6), ...count(1)]), ...save] },
      { body: [...load, ...guard(174_763), ...op.if([...pay(6), ...count(1)]), ...save] },
      /too long/,
    ],
    [
      'a counted loop counts by the step that its guard knows',
      { body: [...load, ...guard(1000), ...op.if([...pay(6), ...count(1)]), ...save] },
      { body: [...load, ...guard(1000), ...op.if([...pay(6), ...count(2)]), ...save] },
      /by its step/,
    ],
    [
      'a counted loop ends where both are equal',
      { body: [...load, ...guard(1000), ...op.if([...pay(6), ...count(1, 0x48)]), ...save] },
      { body: [...load, ...guard(1000), ...op.if([...pay(6), ...count(1, 0x4c)]), ...save] },
      /when it has counted/,
    ],
    [
      'a counted loop is paid',
      { body: [...load, ...guard(1000), ...op.if([...pay(6), ...count(1)]), ...save] },
      { body: [...load, ...guard(1000), ...op.if(count(1)), ...save] },
      /without a check/,
    ],
    [
      'a function that calls itself is checked and counted',
      { body: [...charge(1), ...check] },
      { body: [...charge(1), ...three, ...op.call(0)] },
      /itself again without a check/,
    ],
    [
      'a function that calls itself counts its depth',
      { body: [...charge(1), ...check] },
      { body: [...charge(1), ...check, ...three, ...op.call(0)] },
      /without counting its depth/,
    ],
    [
      'tables stay small',
      { body: [], table: [2, 0x70, 1, 1, 1, 0x70, 1, 1, ...unsigned(1_100_000)] },
      { body: [], table: [2, 0x70, 1, 1, 1, 0x70, 1, 1, ...unsigned(1_100_001)] },
      /more than 1100000 entries/,
    ],
    ['the slow table has one place', { body: [] }, { body: [], table: [1, 0x70, 1, 1, 2] }, /not one place/],
    [
      'no segment writes to the slow table',
      { body: [] },
      { body: [], sections: { 9: [1, 0, 0x41, 0, 0x0b, 1, 0] } },
      /element segment/,
    ],
    [
      'the counter has one name',
      { body: [] },
      { body: [], exports: [[...name('mine'), 3, COUNTER]] },
      /a second time/,
    ],
    [
      'nothing starts by itself',
      { body: [] },
      {
        body: [],
        sections: { 1: [2, 0x60, 1, 0x7e, 1, 0x7e, 0x60, 0, 0], 3: [1, 1], 8: [0], 10: [1, 2, 0, 0x0b] },
      },
      /starts by itself/,
    ],
  ])('%s', (_rule, keeps, breaks, reason) => {
    expect(reasonOf(keeps)).toBe('proved');
    expect(reasonOf(breaks)).toMatch(reason);
  });

  test('a refusal names the function and the byte', () => {
    const body = op.loop(...charge(1), ...op.br(0));
    const bytes = written({ body });
    const at = Buffer.from(bytes).indexOf(Buffer.from([...op.br(0), 0x0b, 0x0b]));
    expect(() => checkModule(bytes)).toThrow(`function 0, byte ${at}: a loop can go round without a check`);
  });

  test('it waits when it is asked to, every 64 KiB', () => {
    const calls = Array.from({ length: 30_000 }, () => charge(1)).flat();
    let breaths = 0;
    checkModule(written({ body: calls }), { breathe: () => void (breaths += 1) });
    expect(breaths).toBeGreaterThanOrEqual(2);
  });
});

test('the checker and the meter speak of the same exports and the same depth', () => {
  expect([limits.COUNTER_EXPORT, limits.DEPTH_EXPORT, limits.SLOW_TABLE_EXPORT]).toEqual([
    METER_EXPORT.fuel,
    METER_EXPORT.depth,
    METER_EXPORT.slow,
  ]);
  expect(limits.DEPTH_LIMIT).toBe(DEPTH_LIMIT);
});
