// SPDX-License-Identifier: MIT
import type { OutboxItem } from '../../agent/ports.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import {
  attemptIdSchema,
  deviceIdSchema,
  type PublicKey,
  receiptIdSchema,
  taskIdSchema,
} from '../../protocol/ids.ts';
import {
  type Receipt,
  type ReceiptProof,
  receiptSchema,
  type SignedTreeHead,
} from '../../protocol/ledger.ts';
import { newSeed, signingKeyFromSeed } from '../../protocol/signatures.ts';

const key = signingKeyFromSeed(newSeed());
const padded = (n: number): string => String(n).padStart(8, '0');

export const attemptNumber = (n: number) => attemptIdSchema.parse(`att_${padded(n)}`);
export const receiptNumber = (n: number) => receiptIdSchema.parse(`rcp_${padded(n)}`);
export const taskNumber = (n: number) => taskIdSchema.parse(`job_00000000.${n}`);
export const sampleKey: PublicKey = key.publicKey;

/** A result as it lies in the outbox. */
export function sampleOutboxItem(n: number, output: Uint8Array = Buffer.from(`output ${n}`)): OutboxItem {
  const statement = {
    attempt: attemptNumber(n),
    task: taskNumber(n),
    device: deviceIdSchema.parse(key.publicKey),
    outcome: { kind: 'completed' as const },
    output: { hash: blobHashOf(output), size: output.length },
    fuel: '123',
  };
  const report = { statement, signature: key.sign('lull.result.1', statement), cpuMs: 1.5 };
  return { attempt: attemptNumber(n), jobName: 'earthquakes', report, output };
}

/** A receipt whose signature is of the right form. */
export function sampleReceipt(n: number, amount: bigint, at = n): Receipt {
  const statement = {
    version: 1,
    id: receiptNumber(n),
    network: key.publicKey,
    account: key.publicKey,
    device: key.publicKey,
    job: 'job_00000000',
    jobName: 'earthquakes',
    task: taskNumber(n),
    attempt: attemptNumber(n),
    fuel: '123',
    amount: amount.toString(),
    leafIndex: n,
    leafHash: '0'.repeat(64),
    at,
  };
  return receiptSchema.parse({ statement, signature: key.sign('lull.receipt.1', statement) });
}

export function sampleHead(size: number): SignedTreeHead {
  const head = { version: 1 as const, network: key.publicKey, size, root: '0'.repeat(64), at: size };
  return { head, signature: key.sign('lull.tree-head.1', head) };
}

/** A proof that has the form of one; nothing here checks it. */
export function sampleProof(receipt: Receipt): ReceiptProof {
  const { account, amount, leafIndex } = receipt.statement;
  return {
    receipt,
    entry: {
      version: 1,
      kind: 'pay',
      cause: `pay:${receipt.statement.attempt}`,
      at: 1,
      postings: [
        { account: 'escrow:job_00000000', amount: amount === '0' ? '0' : `-${amount}` },
        { account: `account:${account}`, amount },
      ],
    },
    inclusion: { leafIndex, treeSize: leafIndex + 1, hashes: [] },
    head: sampleHead(leafIndex + 1),
  };
}
