// SPDX-License-Identifier: MIT
import type { InclusionProof } from '../../../protocol/ledger.ts';

/** One step from a leaf to the root: the neighbour's hash, and on which side of ours it is. */
export interface PathStep {
  readonly hash: string;
  readonly side: 'left' | 'right';
}

const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

/** The sides of an inclusion path, by the rule of RFC 9162 section 2.1.3.2. Checks nothing: the agent has. */
export function inclusionPath(proof: InclusionProof): PathStep[] {
  let index = proof.leafIndex;
  let last = proof.treeSize - 1;
  return proof.hashes.map((hash) => {
    const isRight = isOdd(index) || index === last;
    if (isRight) {
      while (!isOdd(index) && index !== 0) {
        index = half(index);
        last = half(last);
      }
    }
    index = half(index);
    last = half(last);
    return { hash, side: isRight ? 'left' : 'right' };
  });
}
