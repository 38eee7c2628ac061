// SPDX-License-Identifier: MIT
import type { AccountId, AttemptId, JobId, TaskId } from '../../protocol/ids.ts';
import { accountOf, type LedgerAccount, type LedgerEntry } from '../../protocol/ledger.ts';
import type { Payment } from '../policy/pricing.ts';

type Posting = readonly [LedgerAccount, bigint];

const entry = (
  kind: LedgerEntry['kind'],
  cause: string,
  at: number,
  postings: readonly Posting[],
): LedgerEntry => ({
  version: 1,
  kind,
  cause,
  at,
  postings: postings.map(([account, amount]) => ({ account, amount: amount.toString() })),
});

const escrowOf = (job: JobId): LedgerAccount => `escrow:${job}`;

/** The credits that every account starts with, once. */
export const grantEntry = (account: AccountId, amount: bigint, at: number): LedgerEntry =>
  entry('grant', `grant:start:${account}`, at, [
    ['issuance', -amount],
    [accountOf(account), amount],
  ]);

/** What a job may cost at most, put aside when it is submitted. */
export const escrowEntry = (job: JobId, payer: AccountId, amount: bigint, at: number): LedgerEntry => ({
  ...entry('escrow', `escrow:${job}`, at, [
    [accountOf(payer), -amount],
    [escrowOf(job), amount],
  ]),
  job,
});

/** What is left of a job's escrow when it ends. */
export const refundEntry = (job: JobId, payer: AccountId, amount: bigint, at: number): LedgerEntry => ({
  ...entry('refund', `refund:${job}`, at, [
    [escrowOf(job), -amount],
    [accountOf(payer), amount],
  ]),
  job,
});

interface PaidAttempt {
  readonly job: JobId;
  readonly task: TaskId;
  readonly attempt: AttemptId;
  readonly account: AccountId;
}

/** One attempt that agreed, paid out of its job's escrow. */
export const payEntry = (paid: PaidAttempt, { amount, fee }: Payment, at: number): LedgerEntry => ({
  ...entry('pay', `pay:${paid.attempt}`, at, [
    [escrowOf(paid.job), -(amount + fee)],
    [accountOf(paid.account), amount],
    ...(fee === 0n ? [] : ([['fee', fee]] as const)),
  ]),
  job: paid.job,
  task: paid.task,
  attempt: paid.attempt,
});
