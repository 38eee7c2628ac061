// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { jobStatusSchema } from '../../protocol/job.ts';
import { writeCountingJob } from '../support/counting-job.ts';
import { eventually } from '../support/eventually.ts';
import { lull, lullJson, startCoordinator, startDevice, statusOf } from '../support/network.ts';
import { DIST, freePort, isAlive, TestProcess } from '../support/processes.ts';

const reportSchema = z.object({
  job: jobStatusSchema,
  cost: z.object({ paid: z.string(), refunded: z.string(), fuel: z.string() }),
  output: z.object({ sha256: z.string(), bytes: z.number() }),
  tasks: z.array(z.unknown()),
});

let folder: string;
let url: string;
let device: string;
let as: string[];
const running: TestProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-jobs-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  device = join(folder, 'device');
  running.push(await startCoordinator({ folder, port }));
  running.push(await startDevice({ data: device, network: url }));
  as = ['--network', url, '--data', join(folder, 'requester'), '--keychain', 'file'];
});
afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await rm(folder, { recursive: true, force: true });
});

const sha256 = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

describe('lull submit', () => {
  it('writes the merged output and a report, the same bytes as a local run', async () => {
    const job = await writeCountingJob(join(folder, 'small'), { tasks: 6, steps: 2, quorum: 1 });
    const out = join(folder, 'small.bin');
    const report = await lullJson(reportSchema, 'submit', job, ...as, '--out', out);
    expect(report.job).toMatchObject({ state: 'completed', tasks: { total: 6, completed: 6 } });
    expect(report.tasks).toHaveLength(6);
    expect(report.output.sha256).toBe(await sha256(out));
    expect(reportSchema.parse(JSON.parse(await readFile(`${out}.report.json`, 'utf8')))).toEqual(report);
    const { paid, refunded } = report.cost;
    expect(BigInt(paid)).toBeGreaterThan(0n);
    expect(BigInt(paid) + BigInt(refunded)).toBe(BigInt(report.job.escrowed));

    const local = join(folder, 'small-local.bin');
    const run = await lull('run', job, '--out', local);
    expect(run.code, run.output).toBe(0);
    expect(await sha256(local)).toBe(report.output.sha256);
  });

  it('can return at once; the job is listed, followed and fetched later', async () => {
    const job = await writeCountingJob(join(folder, 'later'), { tasks: 3, steps: 1, quorum: 1 });
    const { id } = await lullJson(jobStatusSchema, 'submit', job, ...as, '--detach');
    const listed = await lullJson(z.array(jobStatusSchema), 'jobs', ...as);
    expect(listed.map((each) => each.id)).toContain(id);
    const out = join(folder, 'later.bin');
    const fetched = await lull('job', id, ...as, '--follow', '--out', out);
    expect(fetched.code, fetched.output).toBe(0);
    expect(await readFile(out)).toHaveLength(3 * 8);
  });

  it('tells at Ctrl-C that the job goes on, and leaves it at the second', async () => {
    const job = await writeCountingJob(join(folder, 'long'), { tasks: 2, steps: 20_000, quorum: 1 });
    const submit = new TestProcess('lull submit', process.execPath, [
      join(DIST, 'lull.js'),
      'submit',
      job,
      ...as,
    ]);
    running.push(submit);
    const id = (await submit.prints(/(job_[0-9a-z-]+): 2 tasks/))[1] ?? '';
    process.kill(submit.pid, 'SIGINT');
    await submit.prints(/goes on without this command\. .*lull cancel job_/);
    expect(submit.running).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await submit.stop()).toBe(130);
    expect(await lullJson(jobStatusSchema, 'job', id, ...as)).toMatchObject({ state: 'running' });
    await lull('cancel', id, ...as, '--yes');
  });

  it('says which task failed, and how, and ends with 1', async () => {
    const job = await writeCountingJob(join(folder, 'dry'), { tasks: 2, steps: 50, quorum: 1 });
    const text = JSON.parse(await readFile(job, 'utf8')) as object;
    await writeFile(job, JSON.stringify({ ...text, limits: { gigafuel: 0.0001 } }));
    const { code, output } = await lull('submit', job, ...as, '--out', join(folder, 'dry.bin'));
    expect(code).toBe(1);
    expect(output).toMatch(/The job failed: task [01] ended with out_of_fuel/);
    const run = await lull('run', job, '--out', join(folder, 'dry-local.bin'));
    expect(run.code).toBe(1);
    expect(run.output).toMatch(/Task [01] failed \(out_of_fuel\)/);
  });

  it('names the field of a malformed job and sends nothing', async () => {
    const path = join(folder, 'bad.json');
    await writeFile(path, '{"name": "bad", "quorum": 12}');
    const before = (await lullJson(z.array(z.unknown()), 'jobs', ...as)).length;
    const { code, output } = await lull('submit', path, ...as);
    expect(code).toBe(1);
    expect(output).toMatch(/^bad\.json: "module" is missing: write an object like/);
    expect(output).not.toMatch(/\n\s+at /);
    expect((await lullJson(z.array(z.unknown()), 'jobs', ...as)).length).toBe(before);
  });

  it('refuses a module that does not validate, and sends nothing', async () => {
    const path = await writeCountingJob(join(folder, 'broken'), { tasks: 2, steps: 1, quorum: 1 });
    const module = join(folder, 'broken/module.wasm');
    await writeFile(module, (await readFile(module)).subarray(0, 100));
    const before = (await lullJson(z.array(z.unknown()), 'jobs', ...as)).length;
    const { code, output } = await lull('submit', path, ...as, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      error: {
        code: 'invalid_module',
        message: expect.stringMatching(/module\.wasm, which is not a valid/) as string,
      },
    });
    expect((await lullJson(z.array(z.unknown()), 'jobs', ...as)).length).toBe(before);
  });

  it('says what is missing when the account cannot pay', async () => {
    const job = await writeCountingJob(join(folder, 'dear'), { tasks: 2, steps: 1, quorum: 1 });
    const text = JSON.parse(await readFile(job, 'utf8')) as object;
    await writeFile(job, JSON.stringify({ ...text, pricePerGigafuel: '999999999' }));
    const { code, output } = await lull('submit', job, ...as, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { code: 'insufficient_credits' } });
  });
});

describe('lull cancel', () => {
  it('stops what runs within a second and gives the rest back', async () => {
    const job = await writeCountingJob(join(folder, 'cancelled'), { tasks: 8, steps: 20_000, quorum: 1 });
    const { id } = await lullJson(jobStatusSchema, 'submit', job, ...as, '--detach');
    const workers = await eventually('a running task of it', async () => {
      const { slots } = await statusOf(device);
      const running = slots.filter((slot) => slot.task.startsWith(`${id}.`) && slot.state === 'running');
      return running.length > 0 && running.map(({ pid }) => pid ?? 0);
    });
    expect(workers.every(isAlive)).toBe(true);
    const cancelled = await lullJson(jobStatusSchema, 'cancel', id, ...as, '--yes');
    await eventually('no worker of it', () => !workers.some(isAlive), 1000);
    expect(cancelled.state).toBe('cancelled');
    expect(BigInt(cancelled.refunded) + BigInt(cancelled.paid)).toBe(BigInt(cancelled.escrowed));
    await eventually(
      'no slot with it',
      async () => (await statusOf(device)).slots.every((slot) => !slot.task.startsWith(`${id}.`)),
      5000,
    );
  });

  it('says that there is no such job', async () => {
    const { code, output } = await lull('cancel', 'job_00000000000000', ...as, '--yes');
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
  });
});

describe('lull', () => {
  it('shows the balance', async () => {
    const { code, output } = await lull('balance', ...as);
    expect(code, output).toBe(0);
    expect(output).toMatch(/^Available {2}[\d.,\u00a0\u202f]+ credits$/m);
  });

  it('prints its version and its help', async () => {
    expect((await lull('--version')).output.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await lull('--help')).output).toMatch(/submit .*Submit a job/);
    expect((await lull('submit', '--help')).output).toMatch(/--detach/);
  });

  it.each([[['sumbit']], [['submit']], [['pause', '3h']], [['jobs', '--nonsense']], [['job', 'x']]])(
    'ends with 2 for %j, and says what it did not understand',
    async (args) => {
      const { code, output } = await lull(...args);
      expect(code).toBe(2);
      expect(output).toMatch(/error: /);
    },
  );

  it('says what to do when no network can be found', async () => {
    const { code, output } = await lull('jobs', '--data', join(folder, 'nobody'));
    expect(code).toBe(1);
    expect(output).toMatch(/Add --network URL/);
  });

  it('says so at once when a network does not answer', async () => {
    const { code, output } = await lull(
      'jobs',
      '--network',
      `http://127.0.0.1:${await freePort()}`,
      '--data',
      join(folder, 'requester'),
    );
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  it('refuses on this computer alone a job that needs others to agree', async () => {
    const data = join(folder, 'alone');
    await mkdir(data);
    running.push(await startDevice({ data }));
    const job = await writeCountingJob(join(folder, 'two'), { tasks: 1, steps: 1, quorum: 2 });
    const { code, output } = await lull('submit', job, '--data', data);
    expect(code).toBe(1);
    expect(output).toMatch(/Add --quorum 1/);
  });
});
