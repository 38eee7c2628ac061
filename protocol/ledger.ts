// SPDX-License-Identifier: MIT
import { z } from 'zod';

import { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
import {
  type AccountId,
  accountIdSchema,
  attemptIdSchema,
  deviceIdSchema,
  jobIdSchema,
  publicKeySchema,
  receiptIdSchema,
  signatureSchema,
  taskIdSchema,
} from './ids.ts';
import { fuelTextSchema, microTextSchema, signedMicroTextSchema } from './money.ts';
import { canonicalJson, type SigningKey, verifySignature } from './signatures.ts';

/**
 * An account of the books: `account:<id>` (a person), `escrow:<job>` (what a job may still cost), `fee` (the
 * network's part), `issuance` (where granted credits come from; the only one that may be negative).
 */
export const ledgerAccountSchema = z
  .string()
  .regex(/^(account:[A-Za-z0-9_-]{43}|escrow:job_[0-9a-z-]{8,40}|fee|issuance)$/, 'expected an account of the ledger');
export type LedgerAccount = z.infer<typeof ledgerAccountSchema>;

export const accountOf = (id: AccountId): LedgerAccount => `account:${id}`;

export const entryKindSchema = z.enum(['grant', 'escrow', 'pay', 'refund']);

/** One balanced movement of money: an entry of the log. Its postings sum to zero. */
export const ledgerEntrySchema = z.strictObject({
  version: z.literal(1),
  kind: entryKindSchema,
  /** What made it: at most one entry per cause ever, e.g. `pay:<attempt id>`. */
  cause: z.string().min(1).max(200),
  /** ms since the epoch, by the coordinator's clock */
  at: z.int().nonnegative(),
  postings: z.array(z.strictObject({ account: ledgerAccountSchema, amount: signedMicroTextSchema })).min(2).max(16),
  job: jobIdSchema.optional(),
  task: taskIdSchema.optional(),
  attempt: attemptIdSchema.optional(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** Whether every micro-credit that leaves one account arrives in another. */
export const isBalanced = (entry: LedgerEntry): boolean =>
  entry.postings.reduce((sum, posting) => sum + BigInt(posting.amount), 0n) === 0n;

/** The bytes of an entry that are hashed into the log: its canonical JSON. */
export const entryBytes = (entry: LedgerEntry): Buffer => Buffer.from(canonicalJson(entry), 'utf8');

const hashHexSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex');
const hashes = (texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'hex'));

export const treeHeadSchema = z.strictObject({
  version: z.literal(1),
  /** the public key of the network whose log this is */
  network: publicKeySchema,
  size: z.int().nonnegative(),
  root: hashHexSchema,
  /** ms since the epoch */
  at: z.int().nonnegative(),
});
export const signedTreeHeadSchema = z.strictObject({ head: treeHeadSchema, signature: signatureSchema });
export type TreeHead = z.infer<typeof treeHeadSchema>;
export type SignedTreeHead = z.infer<typeof signedTreeHeadSchema>;

export const signTreeHead = (key: SigningKey, head: TreeHead): SignedTreeHead => ({
  head,
  signature: key.sign('lull.tree-head.1', head),
});

export const inclusionProofSchema = z.strictObject({
  leafIndex: z.int().nonnegative(),
  treeSize: z.int().positive(),
  hashes: z.array(hashHexSchema).max(64),
});
export type InclusionProof = z.infer<typeof inclusionProofSchema>;

export const consistencyProofSchema = z.strictObject({
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  hashes: z.array(hashHexSchema).max(64),
});
export type ConsistencyProof = z.infer<typeof consistencyProofSchema>;

/** What the coordinator states about one paid attempt. */
export const receiptStatementSchema = z.strictObject({
  version: z.literal(1),
  id: receiptIdSchema,
  network: publicKeySchema,
  account: accountIdSchema,
  device: deviceIdSchema,
  job: jobIdSchema,
  jobName: z.string().max(200),
  task: taskIdSchema,
  attempt: attemptIdSchema,
  fuel: fuelTextSchema,
  /** micro-credits paid to the account */
  amount: microTextSchema,
  /** position of the paying entry in the log */
  leafIndex: z.int().nonnegative(),
  /** leaf hash of that entry */
  leafHash: hashHexSchema,
  at: z.int().nonnegative(),
});
export const receiptSchema = z.strictObject({ statement: receiptStatementSchema, signature: signatureSchema });
export type ReceiptStatement = z.infer<typeof receiptStatementSchema>;
export type Receipt = z.infer<typeof receiptSchema>;

/** Everything needed to check a receipt without asking anybody: portable, one JSON. */
export const receiptProofSchema = z.strictObject({
  receipt: receiptSchema,
  entry: ledgerEntrySchema,
  inclusion: inclusionProofSchema,
  head: signedTreeHeadSchema,
});
export type ReceiptProof = z.infer<typeof receiptProofSchema>;

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
  return verifySignature('lull.tree-head.1', signed.head, signed.signature, network) ? 'verified' : 'head_signature';
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
  const pays = proof.entry.kind === 'pay' && proof.entry.attempt === statement.attempt && isBalanced(proof.entry);
  if (!pays || paid !== BigInt(statement.amount)) return 'entry_does_not_pay';
  const { leafIndex, treeSize, hashes: path } = proof.inclusion;
  const included =
    leafIndex === statement.leafIndex &&
    treeSize === proof.head.head.size &&
    verifyInclusion(leaf, leafIndex, treeSize, hashes(path), Buffer.from(proof.head.head.root, 'hex'));
  return included ? 'verified' : 'not_in_the_log';
}
