// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { grow } from '../../../../coordinator/ledger/tree.ts';
import {
  inclusionProof,
  leafHash,
  nodeHash,
  rangeRoot,
  type ReadNode,
  splitPoint,
  verifyInclusion,
} from '../../../../protocol/merkle.ts';

/** The root straight from the definition in RFC 6962, with no stored nodes. */
const rootOf = (leaves: readonly Uint8Array[]): Uint8Array => {
  const [first] = leaves;
  if (first === undefined) throw new RangeError('no leaves');
  if (leaves.length === 1) return first;
  const k = splitPoint(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
};

test('in batches of any size, the tree grows to the root and the proofs of the definition', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 }),
      async (batches) => {
        const stored = new Map<string, Uint8Array>();
        const read: ReadNode = (level, index) => {
          const hash = stored.get(`${level}:${index}`);
          return hash === undefined
            ? Promise.reject(new Error(`no node ${level}:${index}`))
            : Promise.resolve(hash);
        };
        const leaves: Uint8Array[] = [];
        for (const batch of batches) {
          const fresh = Array.from({ length: batch }, (_, index) =>
            leafHash(Buffer.from(`${leaves.length + index}`)),
          );
          for (const { level, idx, hash } of await grow(read, leaves.length, fresh)) {
            expect(stored.has(`${level}:${idx}`)).toBe(false);
            stored.set(`${level}:${idx}`, hash);
          }
          leaves.push(...fresh);
          const root = await rangeRoot(read, 0, leaves.length);
          expect(Buffer.from(root)).toEqual(Buffer.from(rootOf(leaves)));
        }
        const root = rootOf(leaves);
        for (const [index, leaf] of leaves.entries()) {
          const proof = await inclusionProof(read, index, leaves.length);
          expect(verifyInclusion(leaf, index, leaves.length, proof, root)).toBe(true);
        }
      },
    ),
  );
});
