// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { OP } from '../../../../../worker/wasm/instructions.ts';
import { type CountedLoop, countedLoop } from '../../../../../worker/wasm/meter/counted-loop.ts';
import { planned } from '../../../../support/meter-plan.ts';
import { op } from '../../../../support/wasm-builder.ts';

/** What is found in a function that is one loop; local 0 counts, local 1 is the limit. */
function found(body: readonly number[]): CountedLoop | undefined {
  const { events, code } = planned({
    functions: [{ as: 'run', params: 'ii', locals: 'i', body: [0x03, 0x40, ...body, 0x0b] }],
  });
  return countedLoop(events, code.bytes, 0);
}

const step = (by: number): number[] => [...op.get(0), ...op.i32(by), ...op.add];
const [NE, LT_S, GT_U] = [0x47, 0x48, 0x4b];

test.each([
  ['up to a local', [...step(1), ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)], 1, undefined],
  ['a local first', [...op.get(1), ...step(1), ...op.tee(0), NE, ...op.brIf(0)], 1, undefined],
  ['to a constant', [...step(4), ...op.tee(0), ...op.i32(400), NE, ...op.brIf(0)], 4, undefined],
  ['down to zero', [...step(-1), ...op.tee(0), ...op.brIf(0)], -1, undefined],
  ['by subtraction', [...op.get(0), ...op.i32(2), ...op.sub, ...op.tee(0), ...op.brIf(0)], -2, undefined],
  [
    'constant first',
    [...op.i32(3), ...op.get(0), ...op.add, ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)],
    3,
    undefined,
  ],
  ['stepped before', [...step(1), ...op.set(0), ...op.get(0), ...op.get(1), NE, ...op.brIf(0)], 1, undefined],
  ['below', [...step(1), ...op.tee(0), ...op.get(1), LT_S, ...op.brIf(0)], 1, OP.i32LtS],
  ['above, seen from the limit', [...op.get(1), ...step(1), ...op.tee(0), GT_U, ...op.brIf(0)], 1, OP.i32LtU],
  ['above, downwards', [...step(-1), ...op.tee(0), ...op.get(1), GT_U, ...op.brIf(0)], -1, OP.i32GtU],
])('a loop that counts is found: %s', (_, body, by, ordered) => {
  expect(found(body)).toMatchObject({ counter: 0, step: by, ordered });
});

test.each([
  [
    'the limit changes',
    [...op.i32(5), ...op.set(1), ...step(1), ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)],
  ],
  [
    'the counter changes twice',
    [...step(1), ...op.set(0), ...step(1), ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)],
  ],
  ['the old counter is compared', [...op.get(0), ...step(1), ...op.set(0), ...op.get(1), NE, ...op.brIf(0)]],
  ['it goes the other way', [...step(-1), ...op.tee(0), ...op.get(1), LT_S, ...op.brIf(0)]],
  ['it does not move', [...step(0), ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)]],
  [
    'there is a block in it',
    [...op.block(...step(1), ...op.set(0)), ...op.get(0), ...op.get(1), NE, ...op.brIf(0)],
  ],
  [
    'it can be left elsewhere',
    [...op.get(2), ...op.brIf(1), ...step(1), ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)],
  ],
  [
    'the counter is another',
    [...op.get(2), ...op.i32(1), ...op.add, ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)],
  ],
])('a loop is not taken for one that counts when %s', (_, body) => {
  expect(found(body)).toBeUndefined();
});

test('what it may burn at once is at most 2^20 units, and no distance is too large to be written', () => {
  const loop = found([...step(3), ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)]);
  const rounds = (loop?.mostDistance ?? 0) / 3;
  expect(rounds * 7).toBeLessThanOrEqual(2 ** 20);
  expect((rounds + 1) * 7).toBeGreaterThan(2 ** 20);
  const wide = found([...step(-65_536), ...op.tee(0), ...op.get(1), NE, ...op.brIf(0)]);
  expect(wide?.mostDistance).toBeLessThan(2 ** 31);
});
