// SPDX-License-Identifier: MIT
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { ForkProgram } from '../../agent/adapters/fork-program.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import { probeConfinement } from '../../agent/adapters/worker-confinement.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import type { WorkerPool } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, ROOT } from '../support/processes.ts';
import { workerTask } from '../support/wasm-task.ts';

const HOSTILE = join(ROOT, 'test/support/hostile-worker.ts');
const RUNS = { parked: false, dutyPercent: 100 };
const onLinux = test.skipIf(platform() !== 'linux');

let folder: string;
let file: string;
let port: string;
const servers: Server[] = [];
const pools: WorkerPool[] = [];

const listen = (at: { port?: number; host?: string; path?: string }): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    servers.push(server);
    server.once('error', reject);
    server.listen(at, () => resolve(server));
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lull-confinement-'));
  file = join(folder, 'secret.txt');
  writeFileSync(file, 'nobody may read this');
  const address = (await listen({ port: 0, host: '127.0.0.1' })).address();
  port = String(address !== null && typeof address === 'object' ? address.port : '');
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.stop())));

/** A pool whose workers' own JavaScript is hostile; it may read one folder more, for its imports. */
async function hostilePool(launch?: ForkProgram): Promise<WorkerPool> {
  const pool = forkWorkerPool({
    entry: HOSTILE,
    clock: systemClock,
    logger: silentLogger,
    execArgv: ['worker', 'protocol', 'node_modules', 'package.json'].map(
      (name) => `--allow-fs-read=${join(ROOT, name)}`,
    ),
    ...(launch && { launch }),
  });
  pools.push(pool);
  await pool.start(new AbortController().signal);
  return pool;
}
async function attempt(pool: WorkerPool, what: string, target = ''): Promise<string> {
  const task = workerTask(new Uint8Array(), { args: [what, target] });
  return (await (await pool.run(task, RUNS, () => undefined)).done).diagnostics;
}
/** Without any help from the system, as in the desktop app. */
const unconfined: ForkProgram = (entry, args, options) => fork(entry, [...args], options);

describe("JavaScript in a worker's process", () => {
  test('can neither read, list nor write files, open databases, start processes or threads, nor load addons', async () => {
    const pool = await hostilePool();
    const said = {
      read: await attempt(pool, 'read a file', file),
      list: await attempt(pool, 'list a folder', folder),
      write: await attempt(pool, 'write a file', join(folder, 'written')),
      database: await attempt(pool, 'open a database', join(folder, 'written')),
      process: await attempt(pool, 'start a process'),
      thread: await attempt(pool, 'start a thread without rules'),
      addon: await attempt(pool, 'load an addon', file),
    };
    expect(said).toEqual({
      read: 'ERR_ACCESS_DENIED',
      list: 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED',
      database: 'ERR_UNKNOWN_BUILTIN_MODULE',
      process: 'ERR_ACCESS_DENIED',
      thread: 'ERR_ACCESS_DENIED',
      addon: 'ERR_DLOPEN_DISABLED',
    });
    expect(pool.sandbox.files).toBe(true);
  });

  test('finds nothing in its environment', async () => {
    expect(await attempt(await hostilePool(), 'look at the environment')).toBe('done []');
  });

  onLinux('reaches no port of this computer and no abstract socket', async (context) => {
    const pool = await hostilePool();
    if (!pool.sandbox.network) return context.skip(pool.sandbox.message);
    const abstract = `\0lull-confinement-${process.pid}`;
    await listen({ path: abstract });
    expect(await attempt(pool, 'connect to a port', port)).toBe('ENETUNREACH');
    expect(await attempt(pool, 'connect to a path', abstract)).toBe('ECONNREFUSED');
  });

  onLinux('does not see the sockets of other programs', async (context) => {
    const confinement = await probeConfinement(HOSTILE, silentLogger);
    if (!confinement.wrapper.includes(tmpdir()))
      return context.skip('this system does not hide the folder of temporary files, or we are run from it');
    const path = join(folder, 'socket');
    await listen({ path });
    expect(await attempt(await hostilePool(), 'connect to a path', path)).toMatch(/^(EACCES|ENOENT)$/);
  });

  test('can reach a port where the system does not help: there WebAssembly alone keeps tasks off, and we say so', async () => {
    const pool = await hostilePool(unconfined);
    expect(await attempt(pool, 'connect to a port', port)).toBe('done "connected"');
    expect(await attempt(pool, 'read a file', file)).toBe('ERR_ACCESS_DENIED');
    expect(pool.sandbox).toMatchObject({ network: false, files: true });
    expect(pool.sandbox.message).toContain('WebAssembly alone keeps them off the network');
  });
});

describe('a worker whose agent dies', () => {
  onLinux('is gone with it, also while it is stopped and hears nothing', async (context) => {
    const confinement = await probeConfinement(HOSTILE, silentLogger);
    if (!confinement.endsWithAgent) return context.skip('this system does not end a process with its parent');
    const agent = spawn(process.execPath, [join(ROOT, 'test/support/pool-in-a-process.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(agent.stdout), 'line')) as [string];
    const { pid } = JSON.parse(line) as { pid: number };
    process.kill(pid, 'SIGSTOP');
    agent.kill('SIGKILL');
    await eventually('the worker is gone', () => !isAlive(pid));
  });
});

describe('the handles of a worker', () => {
  onLinux('are its own: neither what its agent has open, nor what that was started with', () => {
    const inherited = openSync(file, 'r');
    // Handle 40 stays open over exec, as of a launcher that does not clean up.
    const stdio = ['ignore', 'pipe', 'inherit', ...Array<'ignore'>(37).fill('ignore'), inherited] as const;
    const program = join(ROOT, 'test/support/pool-in-a-process.ts');
    const printed = execFileSync(process.execPath, [program], { encoding: 'utf8', stdio: [...stdio] });
    closeSync(inherited);
    const { own, worker } = JSON.parse(printed) as Record<'own' | 'worker', Record<string, string>>;
    expect(Object.values(own)).toContain(file);
    expect(Object.values(own)).toContain(program);
    expect(worker['40']).toBe('/dev/null');
    const { 0: stdin, 1: stdout, 2: stderr, 3: channel, ...others } = worker;
    expect([stdin, stdout]).toEqual(['/dev/null', '/dev/null']);
    expect(stderr).toMatch(/^(pipe|socket):/);
    expect(channel).toMatch(/^socket:/);
    for (const what of Object.values(others)) expect(what).toMatch(/^(anon_inode:|pipe:|\/dev\/null$)/);
  });
});
