// SPDX-License-Identifier: MIT
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { SCHEMA_VERSION } from '../../coordinator/sql/migrations.ts';
import { openStore, type Store } from '../../coordinator/store.ts';
import { systemClock } from '../../coordinator/system-clock.ts';
import { verifyReceipt } from '../../protocol/ledger-proofs.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { eventually } from '../support/eventually.ts';
import { noPostgres, type PostgresCluster, query, startPostgres } from '../support/postgres.ts';
import { TestNetwork } from '../support/store-network.ts';
import { jobOf, TestDevice } from '../support/store-parties.ts';

const reason = noPostgres();
const RICH = { startingCredits: 10n ** 12n };

describe.skipIf(reason !== undefined)(
  `several coordinators on one PostgreSQL${reason === undefined ? '' : `: ${reason}`}`,
  () => {
    let server: PostgresCluster;
    const stores: Store[] = [];
    const networks: TestNetwork[] = [];

    beforeAll(async () => {
      server = await startPostgres();
    });
    afterEach(async () => {
      for (const network of networks.splice(0)) await network.stop();
      for (const store of stores.splice(0)) await store.close();
    });
    afterAll(() => server.stop());

    const open = async (database: string): Promise<Store> => {
      const store = await openStore(database, silentLogger);
      stores.push(store);
      return store;
    };
    const start = async (count: number): Promise<{ database: string; nets: TestNetwork[] }> => {
      const database = await server.createDatabase();
      const nets: TestNetwork[] = [];
      for (let index = 0; index < count; index++)
        nets.push(await TestNetwork.start(await open(database), systemClock, RICH));
      networks.push(...nets);
      return { database, nets };
    };

    test('open one new database at the same moment, and it is made once', async () => {
      const database = await server.createDatabase();
      for (const store of await Promise.all(Array.from({ length: 6 }, () => open(database))))
        await store.ping();
      const made = await query(database, 'select count(*)::int as n from schema_version');
      expect(made).toEqual([{ n: SCHEMA_VERSION }]);
    });

    test('sign with one key', async () => {
      const { nets } = await start(3);
      expect(new Set(nets.map(({ coordinator }) => coordinator.publicKey)).size).toBe(1);
    });

    test('never give eight concurrent pollers the same task twice, nor one account two attempts of a task', async () => {
      const { database, nets } = await start(2);
      const [left, right] = nets as [TestNetwork, TestNetwork];
      const TASKS = 120;
      await left.requester().submit(jobOf(TASKS));
      // Two accounts with four devices each, on two coordinators.
      const owners = [left.requester(), left.requester()];
      const devices = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const net = index % 2 === 0 ? left : right;
          const owner = owners[index < 4 ? 0 : 1];
          if (owner === undefined) throw new Error('there are two owners');
          return new TestDevice(() => net.handlers, owner).register();
        }),
      );
      const leased: string[] = [];
      await Promise.all(
        devices.map(async (device) => {
          for (let empty = 0; empty < 3;) {
            const held = (await device.poll({ freeSlots: 7 })).leases;
            if (held.length === 0) empty += 1;
            for (const lease of held) {
              leased.push(`${device.owner.account} ${lease.task}`);
              await device.report(lease);
            }
            if (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 400));
          }
        }),
      );
      expect(new Set(leased).size).toBe(leased.length);
      expect(leased).toHaveLength(TASKS * 2);
      const paid =
        "select count(*)::int as paid, count(distinct (task_id, account_id))::int as places from attempts where state = 'paid'";
      expect(await query(database, paid)).toEqual([{ paid: TASKS * 2, places: TASKS * 2 }]);
      expect(await query(database, 'select sum(amount)::text as total from balances')).toEqual([
        { total: '0' },
      ]);
      expect(await query(database, 'select state from jobs')).toEqual([{ state: 'completed' }]);
    });

    test('issue each device its receipts without gaps, whichever of them sequences', async () => {
      const { nets } = await start(3);
      const [first] = nets as [TestNetwork];
      const JOBS = 30;
      const devices = await Promise.all(nets.map((net) => net.device()));
      for (let job = 0; job < JOBS; job++) await first.requester().submit(jobOf(1, { quorum: 3 }));
      await Promise.all(
        devices.map(async (device) => {
          for (let done = 0; done < JOBS; done++) await device.report(await device.lease([], 20_000));
        }),
      );
      const head = await eventually('everything is in the log', async () => {
        const {
          head: { size },
        } = await first.head();
        // A grant, an escrow and a refund per job (half of what was put aside), and three payments.
        return size === JOBS * 6 && first.head();
      });
      for (const device of devices) {
        const receipts = await device.receipts();
        expect(receipts.map(({ sequence }) => sequence)).toEqual(
          Array.from({ length: JOBS }, (_, index) => index + 1),
        );
        for (const { receipt } of receipts) {
          expect(verifyReceipt(await first.proofOf(receipt, head), first.coordinator.publicKey)).toBe(
            'verified',
          );
        }
      }
    });

    test('tell a device within a second that its job was cancelled through another of them', async () => {
      const { nets } = await start(2);
      const [left, right] = nets as [TestNetwork, TestNetwork];
      const requester = left.requester();
      const job = await requester.submit(jobOf(1));
      const device = await right.device();
      const lease = await device.lease();
      const held = device.poll({ freeSlots: 0, attempts: [lease.attempt], waitMs: 20_000 });
      await requester.cancel(job.id);
      expect((await held).cancelled).toEqual([{ attempt: lease.attempt, reason: 'job_cancelled' }]);
    });

    test('hand out through one what was submitted through another, to a poll that waits', async () => {
      const { nets } = await start(2);
      const [left, right] = nets as [TestNetwork, TestNetwork];
      const held = (await right.device()).poll({ waitMs: 20_000 });
      await left.requester().submit(jobOf(1));
      expect((await held).leases).toHaveLength(1);
    });

    test('make one job of one submission that reaches two of them at the same moment', async () => {
      const { nets } = await start(2);
      const [left, right] = nets as [TestNetwork, TestNetwork];
      const requester = left.requester();
      const job = jobOf(5);
      const never = new AbortController().signal;
      const twin = { params: undefined, query: undefined, body: job, key: requester.key.publicKey };
      const [one, two] = await Promise.all([requester.submit(job), right.handlers.submitJob(twin, never)]);
      expect(one.id).toBe(two.id);
      expect(await requester.jobs()).toHaveLength(1);
    });
  },
);
