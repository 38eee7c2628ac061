// SPDX-License-Identifier: MIT
import { expect } from 'vitest';

import type { Store } from '../../coordinator/store.ts';
import { isBalanced, ledgerEntrySchema } from '../../protocol/ledger.ts';

const LIVE = ['leased', 'reported', 'paid', 'refused'];

/** What must be true of a coordinator's database at every moment. @throws an assertion that says what is not */
export async function audit(store: Store): Promise<void> {
  const { balances, entries, attempts, tasks, jobs } = await store.read(({ db }) =>
    // All of one moment: sweeper and sequencer go on meanwhile.
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (moment) => ({
        balances: await moment.selectFrom('balances').selectAll().execute(),
        entries: await moment.selectFrom('ledger_entries').selectAll().orderBy('id').execute(),
        attempts: await moment
          .selectFrom('attempts')
          .leftJoin('results', 'results.attempt_id', 'attempts.id')
          .select([
            'attempts.id',
            'attempts.task_id',
            'attempts.account_id',
            'attempts.state',
            'results.agreement',
          ])
          .execute(),
        tasks: await moment.selectFrom('tasks').selectAll().execute(),
        jobs: await moment.selectFrom('jobs').selectAll().execute(),
      })),
  );

  // The books: double, never negative, and nothing but the sum of the log.
  const summed = new Map<string, bigint>();
  for (const { body } of entries) {
    const entry = ledgerEntrySchema.parse(JSON.parse(body));
    expect(isBalanced(entry)).toBe(true);
    for (const { account, amount } of entry.postings) {
      summed.set(account, (summed.get(account) ?? 0n) + BigInt(amount));
    }
  }
  expect(Object.fromEntries(balances.map(({ account, amount }) => [account, amount]))).toEqual(
    Object.fromEntries(summed),
  );
  expect(balances.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
  for (const { account, amount } of balances) expect(account === 'issuance' || amount >= 0n).toBe(true);

  // Each attempt that is paid is paid once, and no other is.
  const paid = entries.flatMap(({ kind, attempt_id }) => (kind === 'pay' ? [attempt_id] : []));
  expect(new Set(paid).size).toBe(paid.length);
  expect(new Set(paid)).toEqual(
    new Set(attempts.filter(({ state }) => state === 'paid').map(({ id }) => id)),
  );

  // No account has two attempts of one task.
  const live = attempts.filter(({ state }) => LIVE.includes(state));
  expect(new Set(live.map(({ task_id, account_id }) => `${task_id} ${account_id}`)).size).toBe(live.length);

  for (const job of jobs) {
    const escrow = summed.get(`escrow:${job.public_id}`) ?? 0n;
    expect(escrow).toBe(job.escrowed - job.paid - job.refunded);
    const own = tasks.filter(({ job_id }) => job_id === job.id);
    const undecided = own.filter(({ state }) => state === 'pending' || state === 'full');
    expect(job.completed).toBe(own.filter(({ state }) => state === 'completed').length);
    expect(job.failed).toBe(own.filter(({ state }) => state === 'failed').length);
    if (job.state !== 'running') expect([escrow, undecided.length]).toEqual([0n, 0]);
    else expect(undecided.length).toBeGreaterThan(0);
    for (const task of own) {
      const of = live.filter(({ task_id }) => task_id === task.id);
      const leased = of.filter(({ state }) => state === 'leased').length;
      const payees = of.filter(({ state }) => state === 'paid');
      if (task.state === 'pending') expect(task.need).toBeGreaterThan(0);
      else expect(task.need).toBe(0);
      if (task.state === 'pending' || task.state === 'full') {
        const votes = new Map<string, number>();
        for (const { agreement } of of)
          if (agreement !== null) votes.set(agreement, (votes.get(agreement) ?? 0) + 1);
        // Never more out than the quorum can use, and never stuck.
        expect(Math.max(0, ...votes.values()) + leased + task.need).toBe(job.quorum);
        expect(payees).toEqual([]);
      } else {
        expect(leased).toBe(0);
      }
      if (task.canonical_id !== null) {
        expect(task.agreed).toBe(job.quorum);
        expect(payees).toHaveLength(job.quorum);
        expect(new Set(payees.map(({ agreement }) => agreement)).size).toBe(1);
        expect(payees.map(({ id }) => id)).toContain(task.canonical_id);
      }
    }
  }
}
