// SPDX-License-Identifier: MIT
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import type { WorkerPool } from '../../agent/ports.ts';
import { readJob } from '../../agent/requester/job-reader.ts';
import { tryModule } from '../../agent/requester/trial.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { checkpointedTask } from '../support/wasm-checkpointed.ts';
import { ENDLESS, FINISH, steppedModule } from '../support/wasm-stepped.ts';

let folder: string;
let pool: WorkerPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-trial-'));
  const entry = join(import.meta.dirname, '../../worker/main.ts');
  pool = forkWorkerPool({ entry, clock: systemClock, logger: silentLogger });
  await pool.start(new AbortController().signal);
});
afterAll(async () => {
  await pool.stop();
  await rm(folder, { recursive: true });
});

async function tried(module: Uint8Array): Promise<string[]> {
  await writeFile(join(folder, 'module.wasm'), module);
  const job = {
    name: 'trial',
    description: '',
    purpose: 'other',
    module: { kind: 'stepped', path: 'module.wasm' },
    tasks: { repeat: 1 },
    quorum: 1,
    pricePerGigafuel: '0.05',
    deadline: '1h',
    limits: { gigafuel: 1, memoryMiB: 16, outputMiB: 1, wall: '1m' },
    merge: { kind: 'concat' },
    output: 'out.bin',
  };
  await writeFile(join(folder, 'job.json'), JSON.stringify(job));
  return tryModule(pool, await readJob(join(folder, 'job.json')));
}

test('an author hears nothing of a module that runs and can be checkpointed, with WASI or without', async () => {
  expect(await tried(steppedModule(ENDLESS))).toEqual([]);
  expect(await tried((await checkpointedTask(1)).module)).toEqual([]);
});

test('an author hears why no checkpoints will be made of his module', async () => {
  const grows = steppedModule([0xd0, 0x70, 0x41, 1, 0xfc, 15, 0, 0x1a, ...FINISH], {
    sections: { 4: [1, 0x70, 0, 1] },
  });
  expect(await tried(grows)).toEqual([expect.stringContaining('table.grow')]);
});

test('an author hears what is wrong with his module before it is sent', async () => {
  const misfit = steppedModule(FINISH, { functions: [{ as: '_initialize', params: 'i', body: [] }] });
  await expect(tried(misfit)).rejects.toMatchObject({ code: 'invalid_module' });
  await expect(tried(steppedModule(FINISH, { memory: [65_536] }))).rejects.toMatchObject({
    code: 'invalid_module',
    message: expect.stringContaining('memory') as string,
  });
});
