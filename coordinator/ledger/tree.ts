// SPDX-License-Identifier: MIT
import { nodeHash, type ReadNode } from '../../protocol/merkle.ts';
import type { TreeNode } from '../sql/ledger-tree.ts';

/**
 * The nodes that appending leaves adds to the stored perfect subtrees: the leaves, and every subtree that they
 * complete. A node, once stored, never changes.
 * @param read the nodes stored so far
 * @param size leaves stored so far
 */
export async function grow(read: ReadNode, size: number, leaves: readonly Uint8Array[]): Promise<TreeNode[]> {
  const added: TreeNode[] = [];
  const known = new Map<string, Uint8Array>();
  const add = (level: number, idx: number, hash: Uint8Array): void => {
    added.push({ level, idx, hash });
    known.set(`${level}:${idx}`, hash);
  };
  for (const [offset, leaf] of leaves.entries()) {
    let idx = size + offset;
    let hash = leaf;
    add(0, idx, hash);
    for (let level = 0; idx % 2 === 1; level++) {
      const left = known.get(`${level}:${idx - 1}`) ?? (await read(level, idx - 1));
      hash = nodeHash(left, hash);
      idx = (idx - 1) / 2;
      add(level + 1, idx, hash);
    }
  }
  return added;
}
