// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { cutCircle } from '../../../../../worker/wasm/meter/call-circle.ts';

interface Circle {
  readonly calls: number[][];
  readonly places: number[];
  /** nodes that call through a table, where every node may be */
  readonly byType: boolean[];
}

const circles: fc.Arbitrary<Circle> = fc.integer({ min: 1, max: 8 }).chain((nodes) => {
  const each = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(one, { minLength: nodes, maxLength: nodes });
  return fc.record({
    calls: each(fc.uniqueArray(fc.nat(nodes - 1), { maxLength: 3 })),
    places: each(fc.integer({ min: 17, max: 400 })),
    byType: each(fc.boolean()),
  });
});

const cut = ({ calls, places, byType }: Circle) =>
  cutCircle(
    calls.map((_, node) => node),
    {
      calls: (node) => calls[node] ?? [],
      callsByType: (node) => byType[node] === true,
      places: (node) => places[node] ?? 0,
    },
  );

test('without the calls that are cut there is no circle, and callees come first', () => {
  fc.assert(
    fc.property(circles, (circle) => {
      const { order, isCut } = cut(circle);
      expect(order.toSorted((a, b) => a - b)).toEqual(circle.calls.map((_, node) => node));
      for (const [caller, callees] of circle.calls.entries())
        for (const callee of callees)
          if (!isCut(caller, callee)) expect(order.indexOf(callee)).toBeLessThan(order.indexOf(caller));
    }),
  );
});

test('a function that calls itself is cut there, and counts with its frame alone', () => {
  const { isCut, growth, deepest } = cut({ calls: [[0]], places: [20], byType: [false] });
  expect([isCut(0, 0), growth(0), deepest]).toEqual([true, 20, 20]);
});

test('the stack is never larger than what is counted and the deepest chain, on any way of calls', () => {
  const ways = fc.array(fc.nat(20), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(circles, ways, (circle, choices) => {
      const { isCut, growth, deepest } = cut(circle);
      let node = 0;
      let stack = circle.places[0] ?? 0;
      let counted = 0;
      for (const choice of choices) {
        const direct = circle.calls[node] ?? [];
        const count = direct.length + (circle.byType[node] === true ? circle.calls.length : 0);
        if (count === 0) return;
        const at = choice % count;
        const throughTable = at >= direct.length;
        const callee = throughTable ? at - direct.length : (direct[at] ?? 0);
        if (throughTable || isCut(node, callee)) counted += growth(node);
        node = callee;
        stack += circle.places[node] ?? 0;
        expect(stack).toBeLessThanOrEqual(counted + deepest);
      }
    }),
    { numRuns: 1000 },
  );
});
