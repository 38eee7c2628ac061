// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { inclusionProof, leafHash, nodeHash, rangeRoot, type ReadNode } from '../../../../protocol/merkle.ts';
import { inclusionPath } from '../../../../renderer/screens/receipts/inclusion-path.ts';

const leafOf = (index: number): Buffer => leafHash(Buffer.from(`entry ${index}`));
const read: ReadNode = async (level, index) =>
  level === 0
    ? leafOf(index)
    : nodeHash(await read(level - 1, index * 2), await read(level - 1, index * 2 + 1));
const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

describe('the inclusion path that is drawn', () => {
  it('leads from the entry to the root when it is hashed by its sides', async () => {
    const place = fc
      .integer({ min: 1, max: 200 })
      .chain((treeSize) =>
        fc.record({ treeSize: fc.constant(treeSize), leafIndex: fc.integer({ min: 0, max: treeSize - 1 }) }),
      );
    await fc.assert(
      fc.asyncProperty(place, async ({ treeSize, leafIndex }) => {
        const hashes = (await inclusionProof(read, leafIndex, treeSize)).map(hex);
        const top = inclusionPath({ leafIndex, treeSize, hashes }).reduce((below, { hash, side }) => {
          const neighbour = Buffer.from(hash, 'hex');
          return side === 'left' ? nodeHash(neighbour, below) : nodeHash(below, neighbour);
        }, leafOf(leafIndex));
        expect(hex(top)).toBe(hex(await rangeRoot(read, 0, treeSize)));
      }),
      { numRuns: 60 },
    );
  });
});
