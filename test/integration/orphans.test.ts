// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { ALWAYS_ON, startDevice, statusOf } from '../support/network.ts';
import { descendants, survivors } from '../support/process-tree.ts';
import { isAlive, type TestProcess } from '../support/processes.ts';

const ROUNDS = 20;
const GONE_WITHIN_MS = 2000;

let data: string;
let app: TestProcess | undefined;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lull-orphans-'));
});
afterAll(async () => {
  await app?.stop();
  await rm(data, { recursive: true, force: true });
});

test(
  'no worker is alive two seconds after the app was killed with SIGKILL, in any of 20 rounds',
  { timeout: 400_000 },
  async (context) => {
    if (!existsSync('/proc'))
      return context.skip('the processes of an app are read from /proc, which is not here');
    for (let round = 0; round < ROUNDS; round++) {
      // The practice jobs of the network of one keep it busy over all rounds.
      app = await startDevice({ data, settings: ALWAYS_ON });
      const worker = await eventually('a task that runs', async () => {
        const { slots } = await statusOf(data);
        return (
          slots.find(({ state, pid }) => state === 'running' && pid !== null && isAlive(pid))?.pid ??
          undefined
        );
      });
      const children = descendants(app.pid);
      expect(children.length).toBeGreaterThanOrEqual(2);
      await app.kill();
      await eventually(
        `every child gone in round ${round}: the worker ${worker} among ${children.join(', ')}`,
        () => survivors([...children, worker]).length === 0,
        GONE_WITHIN_MS,
      );
    }
  },
);
