// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { blobHashOf } from '../../protocol/hashes.ts';
import type { Merge } from '../../protocol/job.ts';
import { isBalanced } from '../../protocol/ledger.ts';
import { verifyHeadConsistency, verifyReceipt, verifyTreeHead } from '../../protocol/ledger-proofs.ts';
import { eventually } from '../support/eventually.ts';
import { onEachStore } from '../support/store-adapters.ts';
import { TestNetwork } from '../support/store-network.ts';
import { blobOf, jobOf, type TestDevice } from '../support/store-parties.ts';
import { TestClock } from '../support/test-clock.ts';

const CREDIT = 1_000_000n;

onEachStore('money', (adapter) => {
  const start = async (changes = {}): Promise<{ net: TestNetwork; clock: TestClock }> => {
    const clock = new TestClock();
    return {
      clock,
      net: await TestNetwork.start(await adapter.open(), clock, {
        startingCredits: 100n * CREDIT,
        ...changes,
      }),
    };
  };
  const receiptsOf = (
    clock: TestClock,
    device: TestDevice,
    count: number,
  ): ReturnType<TestDevice['receipts']> =>
    eventually(`${count} receipts`, async () => {
      await clock.advance(100);
      const receipts = await device.receipts();
      return receipts.length >= count && receipts;
    });

  test('is granted once to each account, when it first asks', async () => {
    const { net } = await start();
    const requester = net.requester();
    expect(await requester.balance()).toEqual({ available: 100n * CREDIT, escrowed: 0n });
    expect(await requester.balance()).toEqual({ available: 100n * CREDIT, escrowed: 0n });
  });

  test('is put aside at submission, paid with the fee on top to who agreed, and the rest goes back', async () => {
    const { net } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(2));
    // 2 tasks × quorum 2 × (2 gigafuel × 1 credit + 5 %)
    expect(job).toMatchObject({ escrowed: '8400000', paid: '0', refunded: '0' });
    expect(await requester.balance()).toEqual({ available: 91_600_000n, escrowed: 8_400_000n });
    const [a, b] = [await net.device(), await net.device()];
    for (const device of [a, b]) await device.report(await device.lease());
    expect(await requester.status(job.id)).toMatchObject({
      state: 'running',
      paid: '2100000',
      refunded: '0',
    });
    expect((await requester.balance()).escrowed).toBe(6_300_000n);
    for (const device of [a, b]) await device.report(await device.lease());
    expect(await requester.status(job.id)).toMatchObject({
      state: 'completed',
      escrowed: '8400000',
      paid: '4200000',
      refunded: '4200000',
      fuel: '4000000000',
    });
    expect(await requester.balance()).toEqual({ available: 95_800_000n, escrowed: 0n });
    for (const device of [a, b]) expect((await device.owner.balance()).available).toBe(102n * CREDIT);
  });

  test('is never paid for fuel beyond the limit of the job', async () => {
    const { net } = await start({ feeBasisPoints: 0 });
    const requester = net.requester();
    await requester.submit(jobOf(1, { quorum: 1 }));
    const device = await net.device();
    await device.report(await device.lease(), { fuel: 10n ** 18n });
    expect((await device.owner.balance()).available).toBe(102n * CREDIT);
    expect((await requester.balance()).available).toBe(98n * CREDIT);
  });

  test('may be nothing: a job without a price is run, and its receipts say zero', async () => {
    const { net, clock } = await start();
    await net.requester().submit(jobOf(1, { quorum: 1, pricePerGigafuel: '0' }));
    const device = await net.device();
    expect(await device.report(await device.lease())).toBe('paid');
    const [first] = await receiptsOf(clock, device, 1);
    expect(first?.receipt.statement.amount).toBe('0');
    if (first === undefined) return;
    expect(verifyReceipt(await net.proofOf(first.receipt, await net.head()), net.coordinator.publicKey)).toBe(
      'verified',
    );
  });

  test('goes back when a job is cancelled, and its device hears of it while its poll is held', async () => {
    const { net } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(2));
    const [a, b] = [await net.device(), await net.device()];
    const done = await a.lease();
    await a.report(done);
    const lease = await b.lease();
    const held = b.poll({ freeSlots: 0, attempts: [lease.attempt], waitMs: 10_000 });
    expect(await requester.cancel(job.id)).toMatchObject({
      state: 'cancelled',
      paid: '0',
      refunded: '8400000',
    });
    expect((await held).cancelled).toEqual([{ attempt: lease.attempt, reason: 'job_cancelled' }]);
    await expect(b.report(lease)).rejects.toMatchObject({ code: 'job_ended' });
    expect(await a.report(done)).toBe('refused');
    expect((await a.poll()).leases).toEqual([]);
    expect(await requester.balance()).toEqual({ available: 100n * CREDIT, escrowed: 0n });
    expect(await requester.cancel(job.id)).toMatchObject({ state: 'cancelled', refunded: '8400000' });
  });

  test('goes back when a job passes its deadline', async () => {
    const { net, clock } = await start();
    const requester = net.requester();
    const job = await requester.submit(jobOf(1, { deadlineMs: 30_000 }));
    const device = await net.device();
    const lease = await device.lease();
    await eventually('the job has expired', async () => {
      await clock.advance(5000);
      return (await requester.status(job.id)).state === 'expired';
    });
    expect(await requester.balance()).toEqual({ available: 100n * CREDIT, escrowed: 0n });
    expect((await device.poll({ freeSlots: 0, attempts: [lease.attempt] })).cancelled).toEqual([
      { attempt: lease.attempt, reason: 'job_ended' },
    ]);
    await expect(device.report(lease)).rejects.toMatchObject({ code: 'job_ended' });
  });

  test('must be there: a job that may cost more is refused, saying how much is there and how much is needed', async () => {
    const { net } = await start();
    const requester = net.requester();
    await expect(requester.submit(jobOf(25))).rejects.toMatchObject({
      code: 'insufficient_credits',
      message: expect.stringMatching(/may cost 105 credits.*has 100/) as string,
      details: { available: '100000000', needed: '105000000' },
    });
    expect(await requester.jobs()).toEqual([]);
    expect(await requester.balance()).toEqual({ available: 100n * CREDIT, escrowed: 0n });
    await requester.submit(jobOf(23));
  });

  test('is put aside once for one submission, however often it is sent', async () => {
    const { net } = await start();
    const requester = net.requester();
    const job = jobOf(2);
    const first = await requester.submit(job);
    expect(await requester.submit(job)).toEqual(first);
    expect((await requester.balance()).escrowed).toBe(8_400_000n);
    // The key is the account's own: another may use the same.
    expect((await net.requester().submit(job)).id).not.toBe(first.id);
  });

  test('beyond what a database can count is refused before anything is written', async () => {
    const { net } = await start();
    const job = jobOf(2, { pricePerGigafuel: '9'.repeat(20) });
    await expect(net.requester().submit(job)).rejects.toMatchObject({ code: 'invalid_job' });
  });

  test('is proved by receipts: numbered without gaps, each in the log under the signed head', async () => {
    const { net, clock } = await start();
    const requester = net.requester();
    const [a, b] = [await net.device(), await net.device()];
    const network = net.coordinator.publicKey;
    const heads = [await net.head()];
    expect(heads[0]?.head.size).toBe(0);
    for (let job = 1; job <= 4; job++) {
      await requester.submit(jobOf(3));
      for (const device of [a, b])
        for (const lease of (await device.poll({ freeSlots: 3 })).leases) await device.report(lease);
      await receiptsOf(clock, a, job * 3);
      heads.push(await net.head());
    }
    const receipts = await a.receipts();
    expect(receipts.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect((await a.receipts(10)).map(({ sequence }) => sequence)).toEqual([11, 12]);
    expect((await a.poll({ receiptsSeen: 12 })).receiptsLatest).toBe(12);
    const [newest] = heads.slice(-1);
    if (newest === undefined) throw new Error('there are heads');
    for (const { receipt } of receipts) {
      expect(receipt.statement).toMatchObject({
        account: a.owner.account,
        device: a.id,
        amount: '1000000',
        fuel: '1000000000',
      });
      expect(verifyReceipt(await net.proofOf(receipt, newest), network)).toBe('verified');
    }
    for (const [index, head] of heads.entries()) {
      expect(verifyTreeHead(head, network)).toBe('verified');
      const older = heads[index - 1];
      if (older === undefined) continue;
      const proof = await net.consistency(older.head.size, head.head.size);
      expect(verifyHeadConsistency(older.head, head.head, proof)).toBe('verified');
    }
    const entries = await net.entries();
    expect(entries).toHaveLength(newest.head.size);
    expect(entries.every(isBalanced)).toBe(true);
    expect(new Set(entries.map(({ cause }) => cause)).size).toBe(entries.length);
  });

  test('wakes a held poll of the device that was paid, once its receipt is there', async () => {
    const { net, clock } = await start();
    await net.requester().submit(jobOf(1));
    const [a, b] = [await net.device(), await net.device()];
    await a.report(await a.lease());
    const held = a.poll({ waitMs: 20_000, freeSlots: 0 });
    await b.report(await b.lease());
    await receiptsOf(clock, a, 1);
    expect((await held).receiptsLatest).toBe(1);
  });

  test('is refused proofs of leaves and trees that there are not', async () => {
    const { net } = await start();
    const never = new AbortController().signal;
    const ask = (leaf: number, size: number): Promise<unknown> =>
      net.handlers.ledgerInclusion(
        { params: undefined, body: undefined, key: undefined, query: { leaf, size } },
        never,
      );
    await expect(ask(0, 1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(net.consistency(0, 5)).rejects.toMatchObject({ code: 'not_found' });
    await expect(net.consistency(2, 1)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('keeps the books and the network key over a restart, and sequences what a crash left', async () => {
    const database = await adapter.database();
    const clock = new TestClock();
    const store = await adapter.open(database);
    const net = await TestNetwork.start(store, clock, { startingCredits: 100n * CREDIT });
    const key = net.coordinator.publicKey;
    const requester = net.requester();
    await requester.submit(jobOf(1, { quorum: 1 }));
    const device = await net.device();
    await device.report(await device.lease());
    // Stopped before the sequencer gathered anything.
    await net.stop();
    await store.close();
    await net.restart(await adapter.open(database));
    expect(net.coordinator.publicKey).toBe(key);
    const [first] = await device.receipts();
    if (first === undefined) throw new Error('there is a receipt');
    expect(verifyReceipt(await net.proofOf(first.receipt, await net.head()), key)).toBe('verified');
    expect((await requester.balance()).available).toBe(100n * CREDIT - 1_050_000n);
  });

  test('is not spent on blobs that were never uploaded', async () => {
    const { net } = await start();
    const requester = net.requester();
    const input = blobOf('missing');
    net.missing.add(input.hash);
    await expect(requester.submit(jobOf(2, { tasks: [{}, { input }] }))).rejects.toMatchObject({
      code: 'unknown_blob',
      details: { hash: input.hash },
    });
    const merge: Merge = { kind: 'module', moduleKind: 'wasi', module: input, args: [] };
    await expect(requester.submit(jobOf(1, { merge }))).rejects.toMatchObject({ code: 'unknown_blob' });
    expect(await requester.jobs()).toEqual([]);
    expect(blobHashOf(Buffer.from('missing'))).toBe(input.hash);
  });
});
