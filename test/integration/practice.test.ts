// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { httpCoordinatorClient } from '../../agent/adapters/coordinator-client.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import type { CoordinatorClient } from '../../agent/ports.ts';
import { Practice } from '../../agent/practice.ts';
import { runCoordinator } from '../../coordinator/main.ts';
import type { JobStatus } from '../../protocol/job.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { type SigningKey, signingKeyFromSeed } from '../../protocol/signatures.ts';
import { FakeKeychain } from '../support/fake-keychain.ts';
import { preparedExamples } from '../support/prepared-examples.ts';

let folder: string;
let examples: Awaited<ReturnType<typeof preparedExamples>>;
let coordinator: Awaited<ReturnType<typeof runCoordinator>>;
const keychain = new FakeKeychain();
const secrets = keychain.entries;

const clientFor = (account: SigningKey): CoordinatorClient =>
  httpCoordinatorClient({
    url: coordinator.url,
    deviceKey: account,
    accountKey: account,
    clock: systemClock,
    logger: silentLogger,
  });

async function jobs(): Promise<JobStatus[]> {
  const client = clientFor(signingKeyFromSeed(secrets.get('practice-requester') ?? ''));
  return (await client.call('listJobs', { query: { limit: 500 } })).jobs;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-practice-'));
  examples = await preparedExamples();
  coordinator = await runCoordinator(
    {
      database: `sqlite:${join(folder, 'coordinator.db')}`,
      blobs: join(folder, 'blobs'),
      listen: '127.0.0.1:0',
      name: 'This computer',
      practice: true,
    },
    { clock: systemClock, logger: silentLogger },
  );
});
afterAll(async () => {
  await coordinator.stop();
  await examples.remove();
  await rm(folder, { recursive: true });
});

describe('Practice', () => {
  const practice = (): Practice =>
    new Practice({ examplesDir: examples.folder, keychain, clientFor, logger: silentLogger });

  it('gives a network of one every example, such that one device can finish it', async () => {
    await practice().seed();
    const seeded = await jobs();
    expect(seeded.map(({ name }) => name).toSorted()).toEqual([
      'A glass ball at dusk',
      'Earthquakes of California and Nevada',
      'The words of Moby Dick',
    ]);
    expect(seeded.every(({ quorum, state }) => quorum === 1 && state === 'running')).toBe(true);
  });

  it('does so once, however often the agent starts', async () => {
    await practice().seed();
    await practice().seed();
    expect(await jobs()).toHaveLength(3);
  });

  it('submits all of them again when it is asked to', async () => {
    await practice().again();
    expect(await jobs()).toHaveLength(6);
  });

  it('goes on with new credits when the old ones are spent', async () => {
    const account = secrets.get('practice-requester');
    for (let round = 0; round < 20 && secrets.get('practice-requester') === account; round++)
      await practice().again();
    expect(secrets.get('practice-requester')).not.toBe(account);
    expect((await jobs()).length).toBeGreaterThan(0);
  });
});
