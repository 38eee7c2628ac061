// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  nodeHash,
  rangeRoot,
  type ReadNode,
  verifyConsistency,
  verifyInclusion,
} from '../../../protocol/merkle.ts';

/** The leaves and roots of Certificate Transparency's own test suite (RFC 6962 reference implementation). */
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leavesOf = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));

const reader =
  (leaves: readonly Uint8Array[]): ReadNode =>
  async (level, index) => {
    if (level === 0) {
      const leaf = leaves[index];
      if (leaf === undefined) throw new RangeError(`no leaf ${index}`);
      return leaf;
    }
    const read = reader(leaves);
    return nodeHash(await read(level - 1, index * 2), await read(level - 1, index * 2 + 1));
  };

const flip = (bytes: Uint8Array, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
};

describe('the Merkle tree of RFC 6962', () => {
  test('an empty log has the hash of nothing as its root', async () => {
    expect(EMPTY_ROOT.toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(await rangeRoot(reader([]), 0, 0)).toEqual(EMPTY_ROOT);
  });

  test.each(CT_ROOTS.map((root, i) => [i + 1, root] as const))(
    "the first %i leaves of Certificate Transparency's test data have its published root",
    async (size, root) => {
      const leaves = CT_LEAVES.slice(0, size).map((leaf) => leafHash(leaf));
      expect(Buffer.from(await rangeRoot(reader(leaves), 0, size)).toString('hex')).toBe(root);
    },
  );

  test('every leaf of every small tree is proved, and no other leaf, index, size or root passes', async () => {
    for (let size = 1; size <= 20; size++) {
      const leaves = leavesOf(size);
      const root = await rangeRoot(reader(leaves), 0, size);
      for (const [index, leaf] of leaves.entries()) {
        const proof = await inclusionProof(reader(leaves), index, size);
        expect(verifyInclusion(leaf, index, size, proof, root)).toBe(true);
        expect(verifyInclusion(leafHash(Buffer.from('other')), index, size, proof, root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, [...proof, leaf], root)).toBe(false);
        expect(verifyInclusion(leaf, size, size, proof, root)).toBe(false);
        for (let other = 0; other < size; other++) {
          if (other !== index) expect(verifyInclusion(leaf, other, size, proof, root)).toBe(false);
        }
      }
    }
  });

  test('every pair of sizes has a consistency proof that verifies, and none for a different past', async () => {
    for (let to = 1; to <= 20; to++) {
      const leaves = leavesOf(to);
      const root = await rangeRoot(reader(leaves), 0, to);
      for (let from = 0; from <= to; from++) {
        const earlier = await rangeRoot(reader(leaves), 0, from);
        const proof = await consistencyProof(reader(leaves), from, to);
        expect(verifyConsistency(from, earlier, to, root, proof)).toBe(true);
        if (from === 0) continue;
        expect(verifyConsistency(from, leafHash(Buffer.from('forged')), to, root, proof)).toBe(false);
        if (from < to)
          expect(verifyConsistency(from, earlier, to, leafHash(Buffer.from('x')), proof)).toBe(false);
      }
    }
  });

  test('a log whose past was altered is never consistent with the head seen before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        async (a, b, pick) => {
          const from = Math.min(a, b);
          const to = Math.max(a, b) + 1;
          const before = await rangeRoot(reader(leavesOf(from)), 0, from);
          const altered = leavesOf(to);
          altered[pick % from] = leafHash(Buffer.from('rewritten'));
          const after = await rangeRoot(reader(altered), 0, to);
          const proof = await consistencyProof(reader(altered), from, to);
          return !verifyConsistency(from, before, to, after, proof);
        },
      ),
    );
  });

  test('one flipped bit anywhere in an inclusion proof is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 200 }), fc.nat(), fc.nat(), async (size, pick, bit) => {
        const leaves = leavesOf(size);
        const index = pick % size;
        const root = await rangeRoot(reader(leaves), 0, size);
        const proof = await inclusionProof(reader(leaves), index, size);
        const broken = proof.map((hash, i) => (i === bit % proof.length ? flip(hash, bit) : hash));
        return !verifyInclusion(leavesOf(size)[index] as Buffer, index, size, broken, root);
      }),
    );
  });

  test('a proof for a leaf that is not there is refused with its numbers', async () => {
    await expect(inclusionProof(reader(leavesOf(3)), 3, 3)).rejects.toThrow(
      'leaf 3 is not in a tree of 3 leaves',
    );
    await expect(consistencyProof(reader(leavesOf(3)), 4, 3)).rejects.toThrow(
      '4 leaves is not before one of 3',
    );
  });
});
