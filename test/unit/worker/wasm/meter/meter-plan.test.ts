// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import { FLAG } from '../../../../../worker/wasm/meter/events.ts';
import { planned } from '../../../../support/meter-plan.ts';
import { op } from '../../../../support/wasm-builder.ts';

const work = (units: number): number[] =>
  Array.from({ length: units / 2 }, () => [...op.i32(1), ...op.set(0)]).flat();
const again = [...op.get(0), ...op.i32(1), ...op.sub, ...op.tee(0), ...op.brIf(0)];

describe('charges', () => {
  test('of a function without branches are one, whatever its blocks', () => {
    const body = [...work(4), ...op.block(...work(6)), ...op.block(...work(2))];
    expect(planned({ functions: [{ as: 'run', params: 'i', body }] }).charges(0)).toEqual([12]);
  });

  test('are made early for what both arms of an if cost, and in the dearer arm for the rest', () => {
    const body = [...op.get(0), ...op.if(work(4), work(10)), ...work(2)];
    expect(planned({ functions: [{ as: 'run', params: 'i', body }] }).charges(0)).toEqual([2 + 4 + 2, 6]);
  });

  test('for a way that traps are not made before it is taken', () => {
    const body = [...op.get(0), ...op.if([...work(40), ...op.unreachable]), ...work(2)];
    expect(planned({ functions: [{ as: 'run', params: 'i', body }] }).charges(0)[0]).toBe(2 + 2);
  });

  test('for what follows a loop are made before it, and each round pays for itself', () => {
    const body = [...work(2), ...op.loop(...work(4), ...again), ...work(6)];
    expect(planned({ functions: [{ as: 'run', params: 'i', body }] }).charges(0)).toEqual([2 + 6, 4 + 5]);
  });

  test('are paid by the caller where the function is only called directly', () => {
    const callee = { params: 'i', body: [...work(100)] };
    const caller = { as: 'run', params: 'i', body: [...op.get(0), ...op.call(1)] };
    const { charges, plan } = planned({ functions: [caller, callee] });
    expect([charges(0), charges(1)]).toEqual([[1 + 4 + 100], []]);
    expect([plan.isSilent(0), plan.isSilent(1)]).toEqual([false, true]);
  });

  test('are not paid ahead where an exception may be caught', () => {
    const catching = [0x06, 0x40, ...op.get(0), ...op.call(1), 0x19, 0x0b, ...work(2)];
    const callee = { params: 'i', body: [...op.get(0), ...op.if([0x08, 0]), ...work(100)] };
    const { charges } = planned({
      types: [[0x60, 0, 0]],
      sections: { 13: [1, 0, 0] },
      functions: [{ as: 'run', params: 'i', body: catching }, callee],
    });
    expect(charges(0)).toEqual([1 + 4, 2]);
    expect(charges(1)).toEqual([2, 1000, 100]);
  });
});

describe('looks at the fuel', () => {
  const recursive = [...op.get(0), ...op.if([...op.get(0), ...op.i32(1), ...op.sub, ...op.call(0)])];

  test('are made by a recursive function only where it calls itself', () => {
    const { flagged, events, code } = planned({ functions: [{ as: 'run', params: 'i', body: recursive }] });
    const polls = flagged(0, FLAG.polls).map((at) => (code.functions[0]?.firstEvent ?? 0) + at);
    expect(polls.map((event) => events.has(event, FLAG.callsCut))).toEqual([true]);
  });

  test('are not made by functions that are not recursive and do little', () => {
    const { flagged } = planned({
      functions: [
        { as: 'run', params: 'i', body: [...op.get(0), ...op.call(1), ...op.get(0), ...op.call(1)] },
        { params: 'i', body: work(200) },
      ],
    });
    expect([flagged(0, FLAG.polls), flagged(1, FLAG.polls)]).toEqual([[], []]);
  });

  test('are made where calls that each call twice add up to much', () => {
    const levels = 20;
    const functions = Array.from({ length: levels }, (_, level) => ({
      ...(level === 0 ? { as: 'run' } : {}),
      params: 'i',
      body:
        level === levels - 1
          ? work(200)
          : [...op.get(0), ...op.call(level + 1), ...op.get(0), ...op.call(level + 1)],
    }));
    const { flagged } = planned({ functions });
    expect(functions.some((_, level) => flagged(level, FLAG.polls).length > 0)).toBe(true);
  });
});

describe('the fuel', () => {
  const locals = { params: 'i', as: 'run' };

  test('is in the local in every loop, and loops without calls are known', () => {
    const body = [
      ...op.loop(...work(2), ...again),
      ...op.loop(...op.get(0), ...op.call(1), ...work(2), ...again),
    ];
    const { flagged } = planned({
      functions: [
        { ...locals, body },
        { as: 'other', params: 'i', body: work(2) },
      ],
    });
    expect(flagged(0, FLAG.callFree)).toHaveLength(1);
    expect(flagged(0, FLAG.labelLocal).length).toBeGreaterThanOrEqual(2);
  });

  test('stays in the global where a block calls or ends the function at once', () => {
    const body = [...work(2), ...op.call(1), ...work(2)];
    const { flagged } = planned({
      functions: [
        { ...locals, body },
        { as: 'other', locals: 'i', body: work(2) },
      ],
    });
    expect(flagged(0, FLAG.goesLocal)).toEqual([]);
  });

  test('stays in the global in a function that catches', () => {
    const body = [0x06, 0x40, ...op.loop(...work(2), ...again), 0x19, 0x0b];
    const { flagged } = planned({ functions: [{ ...locals, body }] });
    expect([...flagged(0, FLAG.goesLocal), ...flagged(0, FLAG.labelLocal)]).toEqual([]);
  });
});
