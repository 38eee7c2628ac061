// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { MAX_FAULTS, SPARE_RESULTS } from '../../coordinator/policy/validation.ts';
import { taskSeed } from '../../protocol/job.ts';
import { eventually } from '../support/eventually.ts';
import { onEachStore } from '../support/store-adapters.ts';
import { TestNetwork } from '../support/store-network.ts';
import { blobOf, jobOf } from '../support/store-parties.ts';
import { TestClock } from '../support/test-clock.ts';

const LEASE_MS = 60_000;

onEachStore('work', (adapter) => {
  const start = async (changes = {}): Promise<{ net: TestNetwork; clock: TestClock }> => {
    const clock = new TestClock();
    return {
      clock,
      net: await TestNetwork.start(await adapter.open(), clock, { leaseMs: LEASE_MS, ...changes }),
    };
  };

  test('goes from a submission through two agreeing devices to results in the order of their index', async () => {
    const { net } = await start();
    const requester = net.requester();
    const [a, b] = [await net.device(), await net.device()];
    const job = await requester.submit(
      jobOf(3, { tasks: [{ input: blobOf('x') }, {}, { input: blobOf('y') }] }),
    );
    const { leases } = await a.poll({ freeSlots: 3 });
    expect(leases.map(({ spec }) => spec)).toMatchObject([
      { index: 0, count: 3, seed: taskSeed('7', 0), input: blobOf('x') },
      { index: 1, count: 3, seed: taskSeed('7', 1) },
      { index: 2, count: 3, seed: taskSeed('7', 2), input: blobOf('y') },
    ]);
    expect(leases[1]?.spec.input).toBeUndefined();
    for (const lease of leases) expect(await a.report(lease)).toBe('verifying');
    expect((await a.poll({ freeSlots: 0 })).verifying).toBe(3);
    expect((await requester.status(job.id)).tasks).toMatchObject({ running: 3, waiting: 0, completed: 0 });
    for (const lease of [...(await b.poll({ freeSlots: 3 })).leases].reverse()) {
      expect(await b.report(lease)).toBe('paid');
    }
    expect(await requester.status(job.id)).toMatchObject({
      state: 'completed',
      tasks: { completed: 3, running: 0 },
    });
    const results = await requester.results(job.id);
    expect(results.map(({ index, agreed }) => [index, agreed])).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
    expect((await requester.results(job.id, 1, 1)).map(({ index }) => index)).toEqual([1]);
  });

  test('names the account that published the program with every lease, also one that is handed out again', async () => {
    const { net } = await start();
    // First of all, so that rows of accounts and of jobs have different numbers.
    const device = await net.device();
    const [one, other] = [net.requester(), net.requester()];
    const jobs = [await one.submit(jobOf(1)), await other.submit(jobOf(1, { name: 'other job' }))];
    const { leases } = await device.poll({ freeSlots: 2 });
    const publishers = new Map(leases.map(({ job, publisher }) => [job, publisher]));
    expect(publishers).toEqual(new Map(jobs.map(({ id }, i) => [id, [one, other][i]?.account])));
    const again = await device.poll({ freeSlots: 2 });
    expect(again.leases).toEqual(leases);
  });

  test('never gives one account two attempts of one task, not even through two devices', async () => {
    const { net } = await start();
    await net.requester().submit(jobOf(1));
    const first = await net.device();
    const second = await net.device(first.owner);
    await first.lease();
    expect(await second.poll()).toMatchObject({ leases: [], noWork: 'already_did_all' });
    const other = await net.device();
    await other.lease();
    expect((await second.poll()).noWork).toBe('nothing_to_do');
  });

  test('hands a lease out again that its device does not name, and renews those that it names', async () => {
    const { net, clock } = await start();
    await net.requester().submit(jobOf(2, { quorum: 1 }));
    const device = await net.device();
    const lost = await device.lease();
    expect(await device.lease()).toEqual(lost);
    expect((await device.poll({ freeSlots: 0 })).leases).toEqual([]);
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(LEASE_MS / 2);
      expect((await device.poll({ freeSlots: 0, attempts: [lost.attempt] })).cancelled).toEqual([]);
    }
    expect(await device.report(lost)).toBe('paid');
  });

  test('hands out again what went to a device that had hung up', async () => {
    const { net } = await start();
    const device = await net.device();
    const gone = new AbortController();
    const held = device.poll({ waitMs: 20_000, signal: gone.signal });
    gone.abort();
    await held;
    await net.requester().submit(jobOf(1, { quorum: 1 }));
    expect((await device.poll()).leases).toHaveLength(1);
  });

  test('wakes a held poll when work arrives', async () => {
    const { net, clock } = await start();
    const device = await net.device();
    const held = device.poll({ waitMs: 20_000 });
    await clock.advance(1000);
    await net.requester().submit(jobOf(1));
    expect((await held).leases).toHaveLength(1);
  });

  test('answers a held poll without news after its time, or when the coordinator stops', async () => {
    const { net, clock } = await start();
    const device = await net.device();
    let answered = false;
    const held = device.poll({ waitMs: 5000 }).finally(() => (answered = true));
    await eventually('the poll is held', () => clock.waiting > 2);
    expect(answered).toBe(false);
    await eventually('the poll is answered', async () => {
      await clock.advance(1000);
      return answered;
    });
    expect(await held).toMatchObject({ leases: [], noWork: 'nothing_to_do' });
    const last = device.poll({ waitMs: 30_000 });
    await net.stop();
    expect((await last).leases).toEqual([]);
  });

  test('gives a task to another device when its lease runs out, and refuses the first one then', async () => {
    const { net, clock } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(1, { quorum: 1 }));
    const [slow, quick] = [await net.device(), await net.device()];
    const lease = await slow.lease();
    const again = await eventually('the task is free again', async () => {
      await clock.advance(LEASE_MS / 4);
      return (await quick.poll()).leases[0];
    });
    expect(again.task).toBe(lease.task);
    await expect(slow.report(lease)).rejects.toMatchObject({ code: 'lease_expired' });
    expect((await slow.poll({ freeSlots: 0, attempts: [lease.attempt] })).cancelled).toEqual([
      { attempt: lease.attempt, reason: 'lease_expired' },
    ]);
    expect(await quick.report(again)).toBe('paid');
    expect((await slow.poll({ freeSlots: 0, attempts: [lease.attempt] })).cancelled).toEqual([
      { attempt: lease.attempt, reason: 'already_decided' },
    ]);
    expect((await requester.status(job.id)).state).toBe('completed');
  });

  test('takes a late result while nobody else was given the task', async () => {
    const { net, clock } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(1, { quorum: 1 }));
    const device = await net.device();
    const lease = await device.lease();
    await eventually('the lease has run out', async () => {
      await clock.advance(LEASE_MS / 4);
      return (await requester.status(job.id)).tasks.running === 0;
    });
    expect(await device.report(lease)).toBe('paid');
  });

  test('gives a lease back to a device that was away and still runs the attempt', async () => {
    const { net, clock } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(1, { quorum: 1 }));
    const [device, other] = [await net.device(), await net.device()];
    const lease = await device.lease();
    await eventually('the lease has run out', async () => {
      await clock.advance(LEASE_MS / 4);
      return (await requester.status(job.id)).tasks.running === 0;
    });
    const back = await device.poll({ freeSlots: 0, attempts: [lease.attempt] });
    expect(back.cancelled).toEqual([]);
    expect((await other.poll()).leases).toEqual([]);
    expect(await device.report(lease)).toBe('paid');
  });

  test('lets the account that lost an attempt try the task again', async () => {
    const { net } = await start();
    await net.requester().submit(jobOf(1, { quorum: 1 }));
    const device = await net.device();
    const first = await device.lease();
    await device.giveBack(first.attempt);
    await device.giveBack(first.attempt);
    const second = await device.lease();
    expect(second.task).toBe(first.task);
    expect(second.attempt).not.toBe(first.attempt);
    await expect(device.report(first)).rejects.toMatchObject({ code: 'lease_expired' });
    expect(await device.report(second)).toBe('paid');
  });

  test('answers the same result again as the first time, and refuses a different one', async () => {
    const { net } = await start();
    await net.requester().submit(jobOf(1));
    const [a, b] = [await net.device(), await net.device()];
    const lease = await a.lease();
    expect(await a.report(lease)).toBe('verifying');
    expect(await a.report(lease)).toBe('verifying');
    await expect(a.report(lease, { output: 'other' })).rejects.toMatchObject({ code: 'already_reported' });
    expect((await a.poll({ attempts: [lease.attempt] })).cancelled).toEqual([]);
    expect(await b.report(await b.lease())).toBe('paid');
    expect(await a.report(lease)).toBe('paid');
    expect((await a.poll({ attempts: [lease.attempt] })).cancelled).toEqual([]);
  });

  test('pays those who agree, refuses the one who does not, and asks a third account in between', async () => {
    const { net } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(1));
    const [honest, liar, third] = [await net.device(), await net.device(), await net.device()];
    const [one, two] = [await honest.lease(), await liar.lease()];
    expect((await third.poll()).leases).toEqual([]);
    await honest.report(one);
    expect(await liar.report(two, { output: 'wrong' })).toBe('verifying');
    expect(await third.report(await third.lease())).toBe('paid');
    expect(await liar.report(two, { output: 'wrong' })).toBe('refused');
    expect(await honest.report(one)).toBe('paid');
    expect(await requester.results(job.id)).toMatchObject([
      { agreed: 2, output: blobOf(`right ${one.task}`) },
    ]);
  });

  test('compares fuel and the kind of failure, but not the words of a message', async () => {
    const { net } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(1));
    const devices = [await net.device(), await net.device(), await net.device(), await net.device()];
    const trap = (message: string) => ({ outcome: { kind: 'failed', code: 'trap', message } as const });
    const states = [];
    for (const [index, device] of devices.entries()) {
      const work = [
        trap('unreachable'),
        { fuel: 5n },
        { ...trap('unreachable'), fuel: 5n },
        trap('in other words'),
      ][index];
      states.push(await device.report(await device.lease(), work));
    }
    expect(states).toEqual(['verifying', 'verifying', 'verifying', 'paid']);
    expect(await requester.status(job.id)).toMatchObject({
      state: 'failed',
      tasks: { failed: 1, completed: 0 },
    });
    expect(await requester.results(job.id)).toMatchObject([
      { outcome: { kind: 'failed', code: 'trap' }, agreed: 2 },
    ]);
  });

  test('gives a task up when nobody agrees, and returns what it would have cost', async () => {
    const { net } = await start();
    const requester = net.requester();
    const before = await requester.balance();
    const job = await requester.submit(jobOf(1));
    for (let wrong = 0; wrong < 2 + SPARE_RESULTS - 1; wrong++) {
      const device = await net.device();
      await device.report(await device.lease(), { output: `wrong ${wrong}` });
      expect((await requester.status(job.id)).state).toBe('running');
    }
    const last = await net.device();
    expect(await last.report(await last.lease(), { output: 'wrong too' })).toBe('refused');
    expect(await requester.status(job.id)).toMatchObject({
      state: 'failed',
      tasks: { failed: 1 },
      paid: '0',
    });
    expect(await requester.results(job.id)).toEqual([]);
    expect(await requester.balance()).toEqual(before);
  });

  test('gives a task up that devices keep losing, but not one that they only give back', async () => {
    const { net } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(1, { quorum: 1 }));
    const device = await net.device();
    for (let busy = 0; busy <= MAX_FAULTS; busy++)
      await device.giveBack((await device.lease()).attempt, 'busy');
    for (let fault = 0; fault < MAX_FAULTS; fault++) {
      expect((await requester.status(job.id)).state).toBe('running');
      await device.giveBack((await device.lease()).attempt, 'failed_here');
    }
    expect(await requester.status(job.id)).toMatchObject({ state: 'failed', tasks: { failed: 1 } });
  });

  test('says why there is none', async () => {
    const { net } = await start();
    const requester = net.requester();
    const small = await net.device(requester, { memoryBytes: 1000 });
    const wasi = await net.device(requester, { moduleKinds: ['wasi'] });
    expect((await small.poll()).noWork).toBe('nothing_to_do');
    await requester.submit(jobOf(1));
    expect((await small.poll()).noWork).toBe('needs_more_memory');
    expect((await wasi.poll()).noWork).toBe('needs_module_kind');
    expect((await wasi.poll({ freeSlots: 0 })).noWork).toBeUndefined();
  });

  test('never promises more memory than a device has, whatever its slots', async () => {
    const { net } = await start();
    await net.requester().submit(jobOf(5, { quorum: 1 }));
    const device = await net.device(undefined, { memoryBytes: 65_536 * 2 + 1 });
    const { leases } = await device.poll({ freeSlots: 4 });
    expect(leases).toHaveLength(2);
    const attempts = leases.map(({ attempt }) => attempt);
    expect((await device.poll({ freeSlots: 4, attempts })).leases).toEqual([]);
  });

  test('goes to the oldest job first, then on to the next', async () => {
    const { net } = await start();
    const requester = net.requester();
    const old = await requester.submit(jobOf(2, { quorum: 1 }));
    const young = await requester.submit(jobOf(2, { quorum: 1 }));
    const { leases } = await (await net.device()).poll({ freeSlots: 3 });
    expect(leases.map(({ job }) => job)).toEqual([old.id, old.id, young.id]);
  });

  test('does not take leases for lost that ran out while no coordinator was there', async () => {
    const database = await adapter.database();
    const clock = new TestClock();
    const store = await adapter.open(database);
    const net = await TestNetwork.start(store, clock, { leaseMs: LEASE_MS });
    await net.requester().submit(jobOf(1, { quorum: 1 }));
    const [holder, other] = [await net.device(), await net.device()];
    const lease = await holder.lease();
    await net.stop();
    await store.close();
    await clock.advance(10 * LEASE_MS);
    await net.restart(await adapter.open(database));
    expect((await other.poll()).leases).toEqual([]);
    expect(await holder.report(lease)).toBe('paid');
  });
});
