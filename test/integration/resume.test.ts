// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import type { SlotState } from '../../protocol/agent-state.ts';
import { jobStatusSchema } from '../../protocol/job.ts';
import { writeCountingJob } from '../support/counting-job.ts';
import { eventually } from '../support/eventually.ts';
import { lull, lullJson, startCoordinator, startDevice, statusOf } from '../support/network.ts';
import type { TestProcess } from '../support/processes.ts';
import { freePort } from '../support/processes.ts';

let folder: string;
let url: string;
let device: string;
let as: string[];
const running: TestProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-resume-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  device = join(folder, 'device');
  running.push(await startCoordinator({ folder, port, leaseSeconds: 60 }));
  as = ['--network', url, '--data', join(folder, 'requester'), '--keychain', 'file'];
});
afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await rm(folder, { recursive: true, force: true });
});

const start = async (): Promise<TestProcess> => {
  const agent = await startDevice({ data: device, network: url });
  running.push(agent);
  return agent;
};
const slot = async (): Promise<SlotState | undefined> => (await statusOf(device)).slots[0];

/** The attempts that have a checkpoint on the disk. */
function checkpointed(): string[] {
  const [network = ''] = readdirSync(join(device, 'networks'));
  const checkpoints = join(device, 'networks', network, 'checkpoints');
  return readdirSync(checkpoints).filter((attempt) =>
    existsSync(join(checkpoints, attempt, 'manifest.json')),
  );
}

it(
  'a task outlives a quit and a crash of Lull, as the same attempt and with the same bytes',
  { timeout: 180_000 },
  async () => {
    const job = await writeCountingJob(join(folder, 'job'), { tasks: 1, steps: 600, quorum: 1 });
    const first = await start();
    const { id } = await lullJson(jobStatusSchema, 'submit', job, ...as, '--detach');
    const begun = await eventually('it has done something', async () => {
      const now = await slot();
      return now !== undefined && now.progressPermille > 20 ? now : undefined;
    });
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(checkpointed()).toEqual([begun.attempt]);

    const second = await start();
    const resumed = await eventually('it goes on', async () => {
      const now = await slot();
      return now?.checkpoint.resumed === true && now.progressPermille > begun.progressPermille
        ? now
        : undefined;
    });
    expect(resumed.attempt).toBe(begun.attempt);
    second.child.kill('SIGKILL');
    await second.exited;

    await start();
    const done = await eventually(
      'the job has ended',
      async () => {
        const status = await lullJson(jobStatusSchema, 'job', id, ...as);
        return status.state === 'running' ? undefined : status;
      },
      90_000,
    );
    expect(done.state).toBe('completed');
    const [activity] = (await statusOf(device)).activity;
    expect(activity).toMatchObject({ attempt: begun.attempt, result: { kind: 'completed' } });
    await eventually('nothing is left of its checkpoints', () => checkpointed().length === 0);

    const local = join(folder, 'local.bin');
    const run = await lullJson(
      z.object({ output: z.object({ sha256: z.string() }), fuel: z.string() }),
      'run',
      job,
      '--out',
      local,
    );
    expect(run.fuel).toBe(done.fuel);
    const out = join(folder, 'out.bin');
    await lull('job', id, ...as, '--out', out);
    const hash = createHash('sha256')
      .update(await readFile(out))
      .digest('hex');
    expect(hash).toBe(run.output.sha256);
  },
);
