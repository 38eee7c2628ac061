// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Bench, median } from './bench.ts';
import { BridgeDriver } from './bridge-driver.ts';

const ROUNDS = 3;
const TIMEOUT_MS = 120_000;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly rssMb: number;
}

async function processes(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => {
      try {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
        const field = (name: string): number =>
          Number(new RegExp(`^${name}:\\s+([0-9]+)`, 'm').exec(status)?.[1] ?? 0);
        return { pid: Number(pid), parent: field('PPid'), command, rssMb: field('VmRSS') / 1024 };
      } catch (error) {
        if (
          (error as NodeJS.ErrnoException).code === 'ENOENT' ||
          (error as NodeJS.ErrnoException).code === 'ESRCH'
        )
          return undefined;
        throw error;
      }
    }),
  );
  return all.filter((process) => process !== undefined);
}

/** The address that the host prints once it serves. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no address was printed:\n${text}`)), TIMEOUT_MS);
    const read = (chunk: unknown): void => {
      text += String(chunk);
      const address = /http:\/\/127\.0\.0\.1:[0-9]+\/\S+/.exec(text)?.[0];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${text}`)));
  });
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

async function round(
  progress: (line: string) => void,
): Promise<{ seconds: number; agent: number; coordinator: number }> {
  const data = await mkdtemp(join(tmpdir(), 'lull-first-credit-'));
  const started = performance.now();
  // A group of its own, so that one signal to it is what Ctrl-C is in a terminal.
  const child = spawn('npm', ['start', '--silent', '--', '--headless', '--no-open', '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  try {
    const driver = await BridgeDriver.open(await addressOf(child));
    await driver.send('acceptConsent', {});
    const state = await driver.until(
      'a verified receipt',
      ({ receipts }) => receipts.some(({ verified }) => verified),
      TIMEOUT_MS,
    );
    const seconds = (performance.now() - started) / 1000;
    await driver.send('pause', { for: 'until_resumed' });
    await driver.until(
      'every worker asleep',
      ({ slots }) => slots.every((slot) => slot.state === 'parked'),
      TIMEOUT_MS,
    );
    const all = await processes();
    const agent = all.find(({ pid }) => pid === state.host.pid);
    const coordinator = all.find(
      ({ parent, command }) => parent === state.host.pid && command.includes('coordinator'),
    );
    if (agent === undefined || coordinator === undefined)
      throw new Error('the agent or its coordinator is not running');
    driver.close();
    progress(
      `first verified receipt after ${seconds.toFixed(1)} s; agent ${agent.rssMb.toFixed(0)} MB, coordinator ${coordinator.rssMb.toFixed(0)} MB`,
    );
    return { seconds, agent: agent.rssMb, coordinator: coordinator.rssMb };
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await ended(child);
    await rm(data, { recursive: true, force: true });
  }
}

/**
 * From `npm start` on an empty data folder to the first credit whose receipt and inclusion proof the agent has
 * verified, and the memory resident then with the worker asleep.
 */
export const firstCredit: Bench = async (progress) => {
  const rounds: { seconds: number; agent: number; coordinator: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(progress));
  return {
    seconds: { value: median(rounds.map(({ seconds }) => seconds)), unit: 's', goal: '<= 20' },
    agent_rss_mb: { value: median(rounds.map(({ agent }) => agent)), unit: 'MB', goal: '<= 90' },
    coordinator_rss_mb: {
      value: median(rounds.map(({ coordinator }) => coordinator)),
      unit: 'MB',
      goal: '<= 90',
    },
  };
};
