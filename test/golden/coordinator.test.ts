// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from 'vitest';

import { openStore } from '../../coordinator/store.ts';
import { jobIdSchema } from '../../protocol/ids.ts';
import { verifyReceipt } from '../../protocol/ledger-proofs.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { audit } from '../support/store-audit.ts';
import { TestNetwork } from '../support/store-network.ts';
import { TestClock } from '../support/test-clock.ts';

const never = new AbortController().signal;

/** Who is in coordinator-1.sql. */
const GOLDEN = {
  network: 'gacJY4kUPd-T00JJLQWVB1yY-7cC0wRfeOBYYpiFJww',
  requester: '3iMD8FK8H4R93o3jLdkKOHt_IwvIDHRHrMpkLAi3aKk',
  device: '4PP-vK-6gfsNchSIJJGwUgzG_JmOdKyAYcgqP6ou4b8',
  finished: jobIdSchema.parse('job_0mwrsbk00c20b6495a19d1e1e64de'),
};

test('a database that the first version wrote is opened, proves its receipts, and its running job goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lull-golden-'));
  const path = join(folder, 'coordinator.db');
  const old = new DatabaseSync(path);
  old.exec(await readFile(join(import.meta.dirname, 'coordinator-1.sql'), 'utf8'));
  old.close();

  const clock = new TestClock();
  const store = await openStore(`sqlite:${path}`, silentLogger);
  const net = await TestNetwork.start(store, clock);
  expect(net.coordinator.publicKey).toBe(GOLDEN.network);
  await audit(store);
  const asRequester = { params: undefined, body: undefined, key: GOLDEN.requester };
  const { jobs } = await net.handlers.listJobs({ ...asRequester, query: { limit: 10 } }, never);
  expect(jobs.map(({ name, state }) => [name, state])).toEqual([
    ['running job', 'running'],
    ['finished job', 'completed'],
  ]);
  expect(jobs[1]?.id).toBe(GOLDEN.finished);

  const request = { params: undefined, body: undefined, key: GOLDEN.device, query: { after: 0, limit: 10 } };
  const { receipts } = await net.handlers.receipts(request, never);
  expect(receipts).toHaveLength(2);
  const head = await net.head();
  for (const { receipt } of receipts) {
    expect(verifyReceipt(await net.proofOf(receipt, head), GOLDEN.network)).toBe('verified');
  }

  expect(jobs[0]?.tasks).toMatchObject({ running: 1, waiting: 1 });
  const device = await net.device();
  for (const lease of (await device.poll({ freeSlots: 2 })).leases) await device.report(lease);
  const { jobs: later } = await net.handlers.listJobs({ ...asRequester, query: { limit: 1 } }, never);
  expect(later[0]?.tasks).toMatchObject({ running: 2, waiting: 0 });
  await audit(store);
  await net.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
