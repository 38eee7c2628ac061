// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openStore, type Store } from '../../coordinator/store.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { TestNetwork } from '../support/store-network.ts';
import { jobOf } from '../support/store-parties.ts';
import { TestClock } from '../support/test-clock.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-full-'));
  store = await openStore(`sqlite:${join(folder, 'coordinator.db')}`, silentLogger);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** SQLite answers a limit on its pages as it answers a full disk: SQLITE_FULL. */
const limitPages = async (pages: number): Promise<void> => {
  await store.read(({ db }) => db.executeQuery(CompiledQuery.raw(`pragma max_page_count = ${pages}`)));
};

test('a full disk refuses a submission with a clear sentence, and changes and loses nothing', async () => {
  const net = await TestNetwork.start(store, new TestClock());
  const requester = net.requester();
  const device = await net.device();
  const first = await requester.submit(jobOf(2, { quorum: 1 }));
  const lease = await device.lease();
  const before = { balance: await requester.balance(), jobs: await requester.jobs() };
  await limitPages(1);
  const large = jobOf(10_000, { pricePerGigafuel: '1' });
  await expect(requester.submit(large)).rejects.toMatchObject({
    code: 'disk_full',
    message: expect.stringMatching(/free some space and try again. Nothing was changed/) as string,
  });
  expect({ balance: await requester.balance(), jobs: await requester.jobs() }).toEqual(before);

  await limitPages(1_000_000);
  expect(await device.report(lease)).toBe('paid');
  expect(await device.report(await device.lease())).toBe('paid');
  expect((await requester.status(first.id)).state).toBe('completed');
  expect((await requester.submit(large)).tasks.total).toBe(10_000);
});

test('a result that finds the disk full is taken when it is sent again', async () => {
  const net = await TestNetwork.start(store, new TestClock());
  const device = await net.device();
  await net.requester().submit(jobOf(200, { quorum: 1, pricePerGigafuel: '1' }));
  const { leases } = await device.poll({ freeSlots: 200 });
  await limitPages(1);
  const refused = new Set<string>();
  for (const lease of leases) {
    const state = await device.report(lease).catch((error: unknown) => (error as { code: string }).code);
    if (state === 'disk_full') refused.add(lease.attempt);
    else expect(state).toBe('paid');
  }
  expect(refused.size).toBeGreaterThan(0);
  await limitPages(1_000_000);
  for (const lease of leases) expect(await device.report(lease)).toBe('paid');
  const { available } = await device.owner.balance();
  expect(available).toBe(1_000_000_000n + BigInt(leases.length));
});
