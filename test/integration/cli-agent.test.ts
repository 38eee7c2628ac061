// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { activityItemSchema } from '../../protocol/agent-state.ts';
import { eventually } from '../support/eventually.ts';
import { ALWAYS_ON, lull, lullJson, startDevice, statusOf } from '../support/network.ts';
import { descendants, survivors } from '../support/process-tree.ts';
import type { TestProcess } from '../support/processes.ts';

const linux = process.platform === 'linux';
const UNDECIDED = { ...ALWAYS_ON, consentGivenAt: null };

let data: string;
let running: TestProcess[];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'lull-agent-'));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await rm(data, { recursive: true, force: true });
});

async function start(settings: Record<string, unknown> = ALWAYS_ON): Promise<TestProcess> {
  const agent = await startDevice({ data, settings });
  running.push(agent);
  return agent;
}

describe('lull agent', () => {
  it('runs nothing before it is agreed, then earns a credit that it has verified, pauses and resumes', async () => {
    await start(UNDECIDED);
    const before = await statusOf(data);
    expect(before).toMatchObject({
      consent: 'needed',
      network: { kind: 'this_computer', practice: true },
      slots: [],
    });
    expect((await lull('status', '--data', data)).output).toContain('lull accept');

    expect((await lull('accept', '--data', data)).code).toBe(0);
    const earned = await eventually(
      'a verified receipt',
      async () => {
        const state = await statusOf(data);
        return state.receipts.some(({ verified }) => verified) && state;
      },
      60_000,
    );
    expect(BigInt(earned.earnings.lifetime)).toBeGreaterThan(0n);
    expect((await lull('status', '--data', data)).output).toMatch(/practice credits, \d+ receipts?/);

    const [newest] = await lullJson(z.array(activityItemSchema), 'activity', '--data', data);
    const { passport, attempt } = newest ?? {};
    expect(passport).toMatchObject({ publisher: expect.not.stringMatching(earned.account) as string });
    expect(passport?.peakMemoryBytes).toBeGreaterThan(0);
    expect(passport?.bytesIn).toBeGreaterThanOrEqual(passport?.bytesFetched ?? Infinity);
    expect((await lull('activity', attempt ?? '', '--data', data)).output).toContain(passport?.module);
    const unknown = await lull('activity', 'att_unknown-1', '--data', data);
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.output).toContain('lull activity');

    expect((await lull('pause', '1h', '--data', data)).output).toContain('Paused for an hour.');
    await eventually('every task parked', async () => {
      const { overall, slots } = await statusOf(data);
      return overall === 'paused' && slots.every(({ state }) => state !== 'running');
    });
    expect((await lull('resume', '--data', data)).code).toBe(0);
    await eventually('work again', async () => (await statusOf(data)).overall === 'earning', 60_000);
  });

  it('is found by a second start, which shows it and ends well', async () => {
    const first = await start();
    const second = await lull('agent', '--data', data, '--no-open');
    expect(second.code, second.output).toBe(0);
    expect(second.output).toContain(`Lull runs already (process ${first.pid}): http://127.0.0.1:`);
    expect(first.running).toBe(true);
  });

  it('gives a fresh address, which works once, to whoever may talk to it', async () => {
    await start();
    const address = z.object({ url: z.url() });
    const { url } = await lullJson(address, 'open', '--no-open', '--data', data);
    const answer = await fetch(url, { redirect: 'manual' });
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly/i);
    const again = await fetch(url, { redirect: 'manual' });
    expect(again.headers.get('set-cookie')).toBeNull();
    expect((await lullJson(address, 'open', '--no-open', '--data', data)).url).not.toBe(url);
  });

  it.runIf(linux)('ends with Ctrl-C in 3 seconds, and leaves no process behind', async () => {
    const agent = await start();
    await eventually(
      'a running task',
      async () => (await statusOf(data)).slots.some(({ pid }) => pid !== null),
      60_000,
    );
    const children = descendants(agent.pid);
    expect(children.length).toBeGreaterThanOrEqual(2);
    const began = performance.now();
    expect(await agent.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(3500);
    await eventually('no child alive', () => survivors(children).length === 0, 2000);
  });

  it.runIf(linux)('takes every process along when it is killed', async () => {
    const agent = await start();
    await eventually(
      'a running task',
      async () => (await statusOf(data)).slots.some(({ pid }) => pid !== null),
      60_000,
    );
    const children = descendants(agent.pid);
    await agent.kill();
    await eventually('no child alive', () => survivors(children).length === 0, 2000);
  });

  it('keeps its keys, its receipts and its consent over a restart, and can be started after a crash', async () => {
    const first = await start();
    const before = await eventually(
      'a receipt',
      async () => {
        const state = await statusOf(data);
        return state.earnings.receipts > 0 && state;
      },
      60_000,
    );
    await first.kill();
    await start();
    const after = await statusOf(data);
    expect(after.account).toBe(before.account);
    expect(after.device).toBe(before.device);
    expect(after.consent).toBe('given');
    expect(after.earnings.receipts).toBeGreaterThanOrEqual(before.earnings.receipts);
  });

  it('says so when its port is taken, and leaves nothing running', async () => {
    const first = await start();
    const port = /127\.0\.0\.1:([0-9]+)/.exec(first.output)?.[1] ?? '';
    const other = await mkdtemp(join(tmpdir(), 'lull-agent-'));
    const second = await lull('agent', '--data', other, '--no-open', '--keychain', 'file', '--port', port);
    expect(second.code).toBe(1);
    expect(second.output).toMatch(/[Pp]ort/);
    expect(second.output).not.toMatch(/\n\s+at /);
    await rm(other, { recursive: true, force: true });
  });
});

describe('without an agent', () => {
  it.each(['status', 'activity', 'resume', 'pause', 'accept', 'open'])(
    'lull %s says how to start one',
    async (name) => {
      const { code, output } = await lull(name, '--data', data);
      expect(code).toBe(1);
      expect(output.trim()).toBe('No agent is running here. Start it with `lull agent` or `npm start`.');
    },
  );

  it('a failure is one JSON value with --json', async () => {
    const { code, output } = await lull('status', '--data', data, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { code: 'agent_not_running' } });
  });
});
