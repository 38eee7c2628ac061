// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openStore } from '../../coordinator/store.ts';
import { isBalanced, type LedgerEntry } from '../../protocol/ledger.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { writeCountingJob } from '../support/counting-job.ts';
import { shareAccount, unsentAttempts } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/needs.ts';
import { ledgerOf, lull, startCoordinator, startDevice, statusOf } from '../support/network.ts';
import { type PostgresCluster, startPostgres } from '../support/postgres.ts';
import { freePort, TestProcess } from '../support/processes.ts';

const TASKS = 200;
const QUORUM = 2;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/** What the books say, summed up from nothing but the public log. */
function balances(entries: readonly LedgerEntry[]): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const { postings } of entries) {
    for (const { account, amount } of postings)
      totals.set(account, (totals.get(account) ?? 0n) + BigInt(amount));
  }
  return totals;
}

describe.each(['sqlite', 'postgres'] as const)('a network on %s', (kind) => {
  const missing = kind === 'postgres' ? needs('postgresql') : { ok: true as const };
  let folder: string;
  let postgres: PostgresCluster | undefined;
  const running: TestProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `lull-network-${kind}-`));
    if (kind === 'postgres' && missing.ok) postgres = await startPostgres();
  });
  afterAll(async () => {
    await Promise.all(running.map((process) => process.stop()));
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    'finishes a job of 200 tasks and pays each result once though a device and, twice, the coordinator are killed',
    { timeout: 600_000 },
    async (context) => {
      if (!missing.ok) return context.skip(missing.reason);
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const coordinatorOptions = {
        folder,
        port,
        leaseSeconds: 20,
        ...(postgres && { database: await postgres.createDatabase() }),
      };
      let coordinator = await startCoordinator(coordinatorOptions);
      running.push(coordinator);
      const restart = async (): Promise<void> => {
        await coordinator.kill();
        coordinator = await startCoordinator(coordinatorOptions);
        running.push(coordinator);
      };

      // Two devices of one account, and one of another: every task needs the lonely one.
      const [first, second, lonely] = ['first', 'second', 'lonely'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      await shareAccount(first, second);
      running.push(await startDevice({ data: first, network: url }));
      running.push(await startDevice({ data: second, network: url }));
      let lonelyProcess = await startDevice({ data: lonely, network: url });
      running.push(lonelyProcess);

      const job = await writeCountingJob(join(folder, 'job'), { tasks: TASKS, steps: 1, quorum: QUORUM });
      const merged = join(folder, 'merged.bin');
      const submit = new TestProcess('lull submit', process.execPath, [
        join(import.meta.dirname, '../../dist/lull.js'),
        ...[
          'submit',
          job,
          '--network',
          url,
          '--data',
          join(folder, 'requester'),
          '--keychain',
          'file',
          '--out',
          merged,
          '--json',
        ],
      ]);
      running.push(submit);

      const receiptsReach = (data: string, count: number): Promise<unknown> =>
        eventually(
          `${count} receipts`,
          async () => (await statusOf(data)).earnings.receipts >= count,
          120_000,
        );

      await receiptsReach(lonely, 20);
      await restart();
      await receiptsReach(lonely, 60);

      // The coordinator is gone, so results pile up on the lonely device; then that device is killed too.
      await coordinator.kill();
      await eventually('an unsent result', async () => (await statusOf(lonely)).earnings.unsent > 0, 60_000);
      await lonelyProcess.kill();
      const unsent = await unsentAttempts(lonely);
      expect(unsent.length).toBeGreaterThan(0);
      coordinator = await startCoordinator(coordinatorOptions);
      running.push(coordinator);
      lonelyProcess = await startDevice({ data: lonely, network: url });
      running.push(lonelyProcess);

      expect(await submit.exited, submit.output).toBe(0);
      const local = join(folder, 'local.bin');
      const run = await lull('run', job, '--out', local);
      expect(run.code, run.output).toBe(0);
      expect((await readFile(merged)).equals(await readFile(local))).toBe(true);

      // The log is public: everything about money is checked from outside.
      const entries = await eventually('every payment in the log', async () => {
        const all = await ledgerOf(url);
        return (
          all.filter((entry) => entry.kind === 'pay').length >= TASKS * QUORUM &&
          all.some((entry) => entry.kind === 'refund') &&
          all
        );
      });
      const paid = entries.filter((entry) => entry.kind === 'pay');
      expect(paid).toHaveLength(TASKS * QUORUM);
      expect(new Set(paid.map(({ attempt }) => attempt)).size).toBe(paid.length);
      const paidAccounts = paid.map(
        ({ task, postings }) =>
          `${task ?? ''} ${postings.find(({ account }) => account.startsWith('account:'))?.account ?? ''}`,
      );
      expect(new Set(paidAccounts).size).toBe(paid.length);
      expect(entries.every(isBalanced)).toBe(true);
      const totals = balances(entries);
      expect(sum([...totals.values()])).toBe(0n);
      for (const [account, total] of totals)
        if (account !== 'issuance') expect([account, total >= 0n]).toEqual([account, true]);
      for (const [account, total] of totals)
        if (account.startsWith('escrow:')) expect([account, total]).toEqual([account, 0n]);

      // What the killed device had finished but not sent was paid after its restart.
      for (const attempt of unsent) expect(paid.map((entry) => entry.attempt)).toContain(attempt);

      // Each device has verified every receipt of its own by itself.
      const states = await eventually('all receipts verified', async () => {
        const all = await Promise.all([first, second, lonely].map(statusOf));
        const receipts = all.reduce((count, state) => count + state.earnings.receipts, 0);
        return (
          receipts === TASKS * QUORUM && all.every(({ ledger }) => ledger.trusted && ledger.size > 0) && all
        );
      });
      const earned = sum(states.map(({ earnings }) => BigInt(earnings.lifetime)));
      const people = sum(
        [...totals]
          .filter(([account]) => states.some((state) => account === `account:${state.account}`))
          .map(([, total]) => total),
      );
      expect(earned).toBe(people);
      expect(states[0]?.account).toBe(states[1]?.account);

      // Asked of the coordinator's own books: an account has one place in a task, and nobody holds two.
      await coordinator.stop();
      const store = await openStore(
        coordinatorOptions.database ?? `sqlite:${join(folder, 'coordinator.db')}`,
        silentLogger,
      );
      const doubled = await store.read(({ db }) =>
        db
          .selectFrom('attempts')
          .select(['task_id', 'account_id'])
          .where('state', 'in', ['leased', 'reported', 'paid', 'refused'])
          .groupBy(['task_id', 'account_id'])
          .having((expression) => expression.fn.countAll(), '>', 1)
          .execute(),
      );
      const attempts = await store.read(({ db }) => db.selectFrom('attempts').select('state').execute());
      await store.close();
      expect(doubled).toEqual([]);
      expect(attempts.filter(({ state }) => state === 'paid')).toHaveLength(TASKS * QUORUM);
    },
  );
});
