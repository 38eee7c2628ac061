// SPDX-License-Identifier: MIT
import { receiptIdSchema, taskIdOf } from '../../protocol/ids.ts';
import { accountOf, ledgerEntrySchema, type Receipt, type ReceiptStatement } from '../../protocol/ledger.ts';
import type { SigningKey } from '../../protocol/signatures.ts';
import type { UnsequencedEntry } from '../sql/ledger-entries.ts';
import { type NewReceipt, paidAttempts } from '../sql/receipts.ts';
import type { Sql } from '../sql/schema.ts';

/**
 * Receipts for those of the entries that pay attempts, numbered per device without gaps. Only whoever holds the
 * lock of the head may call this.
 * @param entries freshly sequenced, in the order of the log
 * @param first the leaf of the first of them
 */
export async function receiptsFor(
  sql: Sql,
  key: SigningKey,
  entries: readonly UnsequencedEntry[],
  first: number,
  at: number,
): Promise<NewReceipt[]> {
  const ids = entries.flatMap(({ attempt_id }) => (attempt_id === null ? [] : [attempt_id]));
  const attempts = new Map((await paidAttempts(sql, ids)).map((attempt) => [attempt.id, attempt]));
  const latest = new Map<number, number>();
  const receipts: NewReceipt[] = [];
  for (const [offset, entry] of entries.entries()) {
    if (entry.attempt_id === null) continue;
    const paid = attempts.get(entry.attempt_id);
    if (paid === undefined) throw new TypeError(`entry ${entry.id} pays an attempt that is not there`);
    const { postings } = ledgerEntrySchema.parse(JSON.parse(entry.body));
    const account = accountOf(paid.account);
    const amount = postings.reduce((sum, to) => (to.account === account ? sum + BigInt(to.amount) : sum), 0n);
    const statement: ReceiptStatement = {
      version: 1,
      // One receipt per attempt, so its name follows from the attempt's.
      id: receiptIdSchema.parse(`rcp_${paid.attempt.slice('att_'.length)}`),
      network: key.publicKey,
      account: paid.account,
      device: paid.device,
      job: paid.job,
      jobName: paid.jobName,
      task: taskIdOf(paid.job, paid.index),
      attempt: paid.attempt,
      fuel: paid.fuel.toString(),
      amount: amount.toString(),
      leafIndex: first + offset,
      leafHash: Buffer.from(entry.leaf_hash).toString('hex'),
      at,
    };
    const receipt: Receipt = { statement, signature: key.sign('lull.receipt.1', statement) };
    const sequence = (latest.get(paid.deviceId) ?? paid.receiptsLatest) + 1;
    latest.set(paid.deviceId, sequence);
    receipts.push({
      public_id: statement.id,
      device_id: paid.deviceId,
      sequence,
      entry_id: entry.id,
      body: JSON.stringify(receipt),
    });
  }
  return receipts;
}
