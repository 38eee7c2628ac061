// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { UtilityProcessLauncher } from '../../../../electron/adapters/utility-process-launcher.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeUtilityProcesses, nodeUtilityProcesses } from '../../../support/fake-utility-process.ts';

const BOOTSTRAP = resolve(import.meta.dirname, '../../../../electron/utility-child.ts');

describe('starting a child as a utility process', () => {
  const killed: [number, NodeJS.Signals][] = [];
  const started = (): { fakes: FakeUtilityProcesses; launcher: UtilityProcessLauncher } => {
    killed.length = 0;
    const fakes = new FakeUtilityProcesses();
    const launcher = new UtilityProcessLauncher(fakes.api, '/app/utility-child.mjs', (...kill) =>
      killed.push(kill),
    );
    return { fakes, launcher };
  };
  const only = (fakes: FakeUtilityProcesses): FakeUtilityProcesses['forked'][number] => {
    const [first] = fakes.forked;
    if (first === undefined) throw new Error('nothing was forked');
    return first;
  };

  it('loads the bootstrap with the program and its arguments, its output as the caller wants it', () => {
    const { fakes, launcher } = started();
    launcher.fork('/app/dist/worker.js', ['--slot', '1'], {
      execArgv: ['--permission'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    expect(only(fakes)).toMatchObject({
      modulePath: '/app/utility-child.mjs',
      args: ['/app/dist/worker.js', '--slot', '1'],
      options: {
        execArgv: ['--permission', '--allow-fs-read=/app/utility-child.mjs'],
        stdio: ['ignore', 'ignore', 'pipe'],
        serviceName: 'Lull worker',
      },
    });
    expect(only(fakes).options).not.toHaveProperty('env');
  });

  it('passes messages both ways and tells of the end once', () => {
    const { fakes, launcher } = started();
    const child = launcher.fork('/app/dist/worker.js', [], {});
    const heard: unknown[] = [];
    child.on('message', (message) => heard.push(message));
    child.on('exit', (code, signal) => heard.push(['exit', code, signal]));
    const { process } = only(fakes);
    process.spawned(77);
    expect([child.pid, child.send({ type: 'ping' })]).toEqual([77, true]);
    process.emit('message', { type: 'pong' });
    process.emit('exit', 3);
    expect(process.posted).toEqual([{ type: 'ping' }]);
    expect(heard).toEqual([{ type: 'pong' }, ['exit', 3, null]]);
    expect([child.exitCode, child.connected, child.send({}), child.kill()]).toEqual([3, false, false, false]);
  });

  it('ends a child by its id, and one that is only starting as soon as it has an id', () => {
    const { fakes, launcher } = started();
    const child = launcher.fork('/app/dist/worker.js', [], {});
    expect(child.kill('SIGKILL')).toBe(true);
    expect(killed).toEqual([]);
    only(fakes).process.spawned(78);
    expect(killed).toEqual([[78, 'SIGKILL']]);
    only(fakes).process.emit('exit', 9);
    expect([child.exitCode, child.signalCode]).toEqual([null, 'SIGKILL']);
  });

  it('knows which children live, and ends them all by their ids', () => {
    const { fakes, launcher } = started();
    for (const pid of [1, 2, 3]) {
      launcher.fork('/app/dist/worker.js', [], {});
      fakes.forked.at(-1)?.process.spawned(pid + 100);
    }
    fakes.forked[1]?.process.emit('exit', 0);
    expect(launcher.pids()).toEqual([101, 103]);
    launcher.killAll();
    expect(killed).toEqual([
      [101, 'SIGKILL'],
      [103, 'SIGKILL'],
    ]);
  });

  it('does not mind a child that is already gone', () => {
    const gone = (): void => {
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
    };
    const fakes = new FakeUtilityProcesses();
    const child = new UtilityProcessLauncher(fakes.api, '/app/utility-child.mjs', gone).fork('/a.js', [], {});
    only(fakes).process.spawned(5);
    expect(child.kill()).toBe(false);
  });
});

describe('a program in a utility process', () => {
  let folder: string | undefined;
  afterEach(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('has the arguments and the channel of a forked child, and misses no early message', async () => {
    folder = mkdtempSync(join(tmpdir(), 'lull-utility-'));
    const entry = join(folder, 'echo.mjs');
    writeFileSync(
      entry,
      `process.send({ argv: process.argv.slice(1), connected: process.connected });
       await new Promise((resolve) => setTimeout(resolve, 100));
       await new Promise((sent) => process.send({ sent: true }, sent));
       process.on('message', (message) => process.send({ back: message.bytes, isBytes: message.bytes instanceof Uint8Array }));`,
    );
    const launcher = new UtilityProcessLauncher(nodeUtilityProcesses, BOOTSTRAP, (pid, signal) =>
      process.kill(pid, signal),
    );
    const child = launcher.fork(entry, ['--x', 'y'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const heard: unknown[] = [];
    child.on('message', (message) => heard.push(message));
    child.send({ bytes: Uint8Array.of(1, 2, 3) });
    await eventually('every message has come', () => heard.length === 3);
    expect(heard).toEqual([
      { argv: [entry, '--x', 'y'], connected: true },
      { sent: true },
      { back: Uint8Array.of(1, 2, 3), isBytes: true },
    ]);
    launcher.killAll();
    await eventually('the child is gone', () => launcher.pids().length === 0);
    expect(child.signalCode).toBe('SIGKILL');
  });
});
