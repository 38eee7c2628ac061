// SPDX-License-Identifier: MIT
import {
  accountOf,
  type ConsistencyProof,
  isBalanced,
  type LedgerEntry,
  type ReceiptProof,
  type SignedTreeHead,
  type TreeHead,
} from './ledger.ts';
import { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
import { canonicalJson, type SigningKey, verifySignature } from './signatures.ts';

// Apart from ledger.ts because this needs node:crypto, and ledger.ts is also read by the renderer.

/** The bytes of an entry that are hashed into the log: its canonical JSON. */
export const entryBytes = (entry: LedgerEntry): Buffer => Buffer.from(canonicalJson(entry), 'utf8');

const hashes = (texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'hex'));

export const signTreeHead = (key: SigningKey, head: TreeHead): SignedTreeHead => ({
  head,
  signature: key.sign('lull.tree-head.1', head),
});

/** Why a proof was refused; `verified` says that nothing was. */
export type Verdict =
  | 'verified'
  | 'wrong_network'
  | 'head_signature'
  | 'receipt_signature'
  | 'entry_differs'
  | 'entry_does_not_pay'
  | 'not_in_the_log'
  | 'history_rewritten';

/** Checks that a head is this network's own word. */
export function verifyTreeHead(signed: SignedTreeHead, network: string): Verdict {
  if (signed.head.network !== network) return 'wrong_network';
  return verifySignature('lull.tree-head.1', signed.head, signed.signature, network)
    ? 'verified'
    : 'head_signature';
}

/** Checks that the newer head's log begins with the older head's log. Both heads must be verified already. */
export function verifyHeadConsistency(older: TreeHead, newer: TreeHead, proof: ConsistencyProof): Verdict {
  if (proof.from !== older.size || proof.to !== newer.size) return 'history_rewritten';
  const consistent = verifyConsistency(
    older.size,
    Buffer.from(older.root, 'hex'),
    newer.size,
    Buffer.from(newer.root, 'hex'),
    hashes(proof.hashes),
  );
  return consistent ? 'verified' : 'history_rewritten';
}

/**
 * Checks a receipt from end to end: the network signed it, the entry pays this account exactly this amount
 * for this attempt, and the entry is in the log under a head that the network signed.
 */
export function verifyReceipt(proof: ReceiptProof, network: string): Verdict {
  const { statement, signature } = proof.receipt;
  if (statement.network !== network) return 'wrong_network';
  if (!verifySignature('lull.receipt.1', statement, signature, network)) return 'receipt_signature';
  const head = verifyTreeHead(proof.head, network);
  if (head !== 'verified') return head;
  const leaf = leafHash(entryBytes(proof.entry));
  if (leaf.toString('hex') !== statement.leafHash) return 'entry_differs';
  const paid = proof.entry.postings
    .filter((posting) => posting.account === accountOf(statement.account))
    .reduce((sum, posting) => sum + BigInt(posting.amount), 0n);
  const pays =
    proof.entry.kind === 'pay' && proof.entry.attempt === statement.attempt && isBalanced(proof.entry);
  if (!pays || paid !== BigInt(statement.amount)) return 'entry_does_not_pay';
  const { leafIndex, treeSize, hashes: path } = proof.inclusion;
  const included =
    leafIndex === statement.leafIndex &&
    treeSize === proof.head.head.size &&
    verifyInclusion(leaf, leafIndex, treeSize, hashes(path), Buffer.from(proof.head.head.root, 'hex'));
  return included ? 'verified' : 'not_in_the_log';
}
