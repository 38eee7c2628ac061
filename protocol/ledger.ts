// SPDX-License-Identifier: MIT
import { z } from 'zod';

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

/**
 * An account of the books: `account:<id>` (a person), `escrow:<job>` (what a job may still cost), `fee` (the
 * network's part), `issuance` (where granted credits come from; the only one that may be negative).
 */
export const ledgerAccountSchema = z
  .string()
  .regex(
    /^(account:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]|escrow:job_[0-9a-z-]{8,40}|fee|issuance)$/,
    'expected an account of the ledger',
  );
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
  postings: z
    .array(z.strictObject({ account: ledgerAccountSchema, amount: signedMicroTextSchema }))
    .min(2)
    .max(16),
  job: jobIdSchema.optional(),
  task: taskIdSchema.optional(),
  attempt: attemptIdSchema.optional(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** Whether every micro-credit that leaves one account arrives in another. */
export const isBalanced = (entry: LedgerEntry): boolean =>
  entry.postings.reduce((sum, posting) => sum + BigInt(posting.amount), 0n) === 0n;

const hashHexSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex');

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
export const receiptSchema = z.strictObject({
  statement: receiptStatementSchema,
  signature: signatureSchema,
});
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
