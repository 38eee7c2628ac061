// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { descendants, survivors } from '../support/process-tree.ts';
import { ROOT, TestProcess } from '../support/processes.ts';

const linux = process.platform === 'linux';
const ADDRESS = /http:\/\/127\.0\.0\.1:[0-9]+\/\S+/;

let data: string;
let started: TestProcess | undefined;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'lull-start-'));
});
afterEach(async () => {
  if (started?.running === true) ctrlC(started);
  await started?.exited;
  started = undefined;
  await rm(data, { recursive: true, force: true });
});

function withoutDisplay(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env['DISPLAY'];
  delete env['WAYLAND_DISPLAY'];
  return env;
}

/** In a process group of its own, so that one signal to the group is what Ctrl-C is in a terminal. */
function npmStart(...args: string[]): TestProcess {
  const command = ['start', '--silent', '--', '--data', data, '--no-open', ...args];
  started = new TestProcess('npm start', 'npm', command, {
    cwd: ROOT,
    env: withoutDisplay(),
    detached: true,
  });
  return started;
}

const ctrlC = (process: TestProcess): boolean => globalThis.process.kill(-process.pid, 'SIGINT');

describe.runIf(linux)('npm start', () => {
  it('says in one sentence why there is no tray app, and serves its window at an address', async () => {
    const start = npmStart();
    const address = (await start.prints(ADDRESS))[0];
    const [why, where] = start.output.split('\n').filter((line) => !line.startsWith('Building'));
    expect(why).toBe(
      'Lull runs without its tray app, because there is no display: its window opens in the browser instead.',
    );
    expect(where).toContain(address);
    const page = await fetch(address, { redirect: 'manual' });
    expect(page.status).toBeLessThan(400);
  });

  it('says nothing of the tray app when it is told not to start it', async () => {
    const start = npmStart('--headless');
    await start.prints(ADDRESS);
    expect(start.output).not.toContain('tray');
  });

  it('ends every process with one Ctrl-C', async () => {
    const start = npmStart('--headless');
    await start.prints(ADDRESS);
    const children = descendants(start.pid);
    expect(children.length).toBeGreaterThanOrEqual(3);
    ctrlC(start);
    await start.exited;
    await eventually('no child alive', () => survivors(children).length === 0, 4000);
  });

  it('takes the agent and its children along when the starter is killed', async () => {
    const args = [join(ROOT, 'build/start.ts'), '--headless', '--data', data, '--no-open'];
    started = new TestProcess('start', process.execPath, args, { cwd: ROOT, detached: true });
    await started.prints(ADDRESS);
    const children = descendants(started.pid);
    expect(children.length).toBeGreaterThanOrEqual(2);
    await started.kill();
    await eventually('no child alive', () => survivors(children).length === 0, 5000);
  });

  it('takes everything along when npm is killed', async () => {
    const start = npmStart('--headless');
    await start.prints(ADDRESS);
    const children = descendants(start.pid);
    await start.kill();
    await eventually('no child alive', () => survivors(children).length === 0, 6000);
  });

  it('explains its options', async () => {
    const start = npmStart('--help');
    expect(await start.exited).toBe(0);
    expect(start.output).toMatch(/--headless/);
  });

  it('ends with 2 for an option that it does not know', async () => {
    const start = npmStart('--nonsense');
    expect(await start.exited).toBe(2);
    expect(start.output).not.toMatch(/\n\s+at /);
  });
});
