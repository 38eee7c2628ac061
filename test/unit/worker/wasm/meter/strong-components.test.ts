// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { strongComponents } from '../../../../../worker/wasm/meter/strong-components.ts';

const graphs = fc
  .integer({ min: 1, max: 12 })
  .chain((nodes) =>
    fc.array(fc.array(fc.nat(nodes - 1), { maxLength: 3 }), { minLength: nodes, maxLength: nodes }),
  );

/** All nodes that a node leads to, by at least one edge. */
function reachable(edges: readonly (readonly number[])[], from: number): Set<number> {
  const seen = new Set<number>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop())
    for (const target of edges[node] ?? [])
      if (!seen.has(target)) {
        seen.add(target);
        open.push(target);
      }
  return seen;
}

test('nodes are in one group exactly when each can be reached from the other', () => {
  fc.assert(
    fc.property(graphs, (edges) => {
      const components = strongComponents(edges.length, (node) => edges[node] ?? []);
      const reach = edges.map((_, node) => reachable(edges, node));
      for (const [a] of edges.entries()) {
        expect(components.isCircle(a)).toBe(reach[a]?.has(a) === true);
        for (const [b] of edges.entries()) {
          const together = a === b || (reach[a]?.has(b) === true && reach[b]?.has(a) === true);
          expect(components.of(a) === components.of(b)).toBe(together);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('every group comes after those that it leads to, and every node is in one', () => {
  fc.assert(
    fc.property(graphs, (edges) => {
      const { groups, of } = strongComponents(edges.length, (node) => edges[node] ?? []);
      expect(groups.flat().toSorted((a, b) => a - b)).toEqual(edges.map((_, node) => node));
      for (const [node, targets] of edges.entries())
        for (const target of targets) expect(of(target)).toBeLessThanOrEqual(of(node));
    }),
    { numRuns: 300 },
  );
});

test('a chain far longer than a stack is deep is no trouble', () => {
  const nodes = 200_000;
  const { groups } = strongComponents(nodes, (node) => (node + 1 < nodes ? [node + 1] : []));
  expect(groups).toHaveLength(nodes);
  expect(groups[0]).toEqual([nodes - 1]);
});
