// SPDX-License-Identifier: MIT
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type RunningAgent, runShell, type ShellParts } from '../../../electron/shell.ts';
import { LullError } from '../../../protocol/errors.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeElectron, preventable } from '../../support/fake-electron.ts';
import { FakeUtilityProcesses } from '../../support/fake-utility-process.ts';
import { RecordingAgent } from '../../support/recording-agent.ts';
import { TestClock } from '../../support/test-clock.ts';

let electron: FakeElectron;
let children: FakeUtilityProcesses;
let agent: RecordingAgent;
let clock: TestClock;
let folder: string;
let process: EventEmitter;
let said: string[];
let killed: number[];
let stopped: number;
let parts: ShellParts | undefined;
let startAgent: (parts: ShellParts, signal: AbortSignal) => Promise<RunningAgent>;

beforeEach(() => {
  electron = new FakeElectron();
  children = new FakeUtilityProcesses();
  electron.utilityProcess = children.api;
  agent = new RecordingAgent();
  clock = new TestClock();
  folder = mkdtempSync(join(tmpdir(), 'lull-shell-'));
  process = new EventEmitter();
  said = [];
  killed = [];
  stopped = 0;
  parts = undefined;
  startAgent = (given) => {
    parts = given;
    return Promise.resolve({ agent, logger: silentLogger, stop: () => Promise.resolve(void (stopped += 1)) });
  };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<void> =>
  runShell(electron.api, {
    clock,
    platform: 'linux',
    desktop: '',
    env: {},
    home: '/home/me',
    argv: ['electron', 'main.js', '--data', folder, ...args],
    files: {
      renderer: '/app/renderer',
      preload: '/app/preload.cjs',
      utilityChild: '/app/child.js',
      assets: '/app/assets',
    },
    killByPid: (pid) => void killed.push(pid),
    process,
    say: (line) => void said.push(line),
    dataFolder: (chosen) => chosen ?? '/home/someone/lull',
    startAgent,
  });

const isShown = (): boolean => electron.windows.at(-1)?.isVisible() === true;
const exits = (): unknown[] => electron.app.askedFor('exit').map(([, code]) => code);

describe('starting the tray app', () => {
  it('takes the lock of its data folder, sandboxes everything and registers its scheme before it is ready', async () => {
    const before: unknown[] = [];
    electron.app.whenReady = () => {
      before.push(
        electron.app.asked.map(([what]) => what),
        electron.schemes.length,
      );
      return Promise.resolve();
    };
    await run();
    expect(before).toEqual([['setName', 'setPath', 'requestSingleInstanceLock', 'enableSandbox'], 1]);
    expect(electron.app.askedFor('setPath')).toEqual([['setPath', 'userData', join(folder, 'electron')]]);
    expect(statSync(join(folder, 'electron')).mode & 0o777).toBe(0o700);
  });

  it('shows a tray icon and the window, and hands the agent what Electron has', async () => {
    await run('--network', 'http://127.0.0.1:9');
    await eventually('the window is shown', isShown);
    expect(electron.trays).toHaveLength(1);
    expect(parts).toMatchObject({ dataDir: folder, network: 'http://127.0.0.1:9' });
    parts?.fork('/app/worker.js', [], {});
    expect(children.forked.map(({ modulePath, args }) => [modulePath, ...args])).toEqual([
      ['/app/child.js', '/app/worker.js'],
    ]);
    expect(electron.app.askedFor('dock.hide')).toHaveLength(1);
  });

  it('stays in the tray when it is started hidden', async () => {
    await run('--hidden');
    expect([electron.trays.length, electron.windows.length]).toEqual([1, 0]);
  });

  it('keeps the first-run window while the owner looks elsewhere, and hides it once the owner has agreed', async () => {
    agent.publish({ consent: 'needed' });
    await run();
    await eventually('the window is shown', isShown);
    electron.windows[0]?.emit('blur');
    expect(isShown()).toBe(true);
    agent.publish({ consent: 'given' });
    electron.windows[0]?.emit('blur');
    expect(isShown()).toBe(false);
  });

  it('agrees for the owner only when told to, and only once', async () => {
    agent.publish({ consent: 'needed' });
    await run('--accept');
    expect(agent.intents).toEqual([{ name: 'acceptConsent', request: {} }]);
    agent = new RecordingAgent();
    await run('--accept');
    expect(agent.intents).toEqual([]);
  });

  it('says in one sentence why it could not start, and ends', async () => {
    startAgent = () =>
      Promise.reject(new LullError('already_open', 'Another Lull has this folder: quit it first.'));
    await run();
    expect(said).toEqual(['Another Lull has this folder: quit it first.']);
    expect(electron.errorBoxes).toEqual(said);
    expect([exits(), electron.trays.length]).toEqual([[1], 0]);
  });
});

describe('a second start', () => {
  it('says so and ends at once, with no agent of its own', async () => {
    electron.app.hasLock = false;
    await run();
    expect(said).toEqual(['Lull runs already; its window is shown.']);
    expect([exits(), parts, electron.trays.length]).toEqual([[0], undefined, 0]);
  });

  it('shows the window of the first', async () => {
    await run('--hidden');
    electron.app.emit('second-instance');
    await eventually('the window is shown', isShown);
  });

  it("shows the window when another of the owner's programs asks for it", async () => {
    await run('--hidden');
    parts?.onOpen();
    await eventually('the window is shown', isShown);
  });
});

describe('ending the tray app', () => {
  const ended = (): Promise<unknown> => eventually('the app has ended', () => exits().length > 0);

  it('takes the tray and the window away, stops the agent, and then ends the children that are left', async () => {
    await run();
    await eventually('the window is shown', isShown);
    parts?.fork('/app/worker.js', [], {});
    children.forked[0]?.process.spawned(4711);
    electron.app.quit();
    await ended();
    expect([stopped, killed, exits()]).toEqual([1, [4711], [0]]);
    expect([electron.trays[0]?.isDestroyed(), electron.windows[0]?.isDestroyed()]).toEqual([true, true]);
    expect([electron.ipcMain.handlers.size, agent.listening]).toEqual([0, 0]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])('follows %s', async (signal) => {
    await run('--hidden');
    process.emit(signal);
    await ended();
    expect(stopped).toBe(1);
  });

  it('follows the control socket and the tray', async () => {
    await run('--hidden');
    parts?.onQuit();
    await ended();
    expect(stopped).toBe(1);
  });

  it('asks the system to wait when it shuts down', async () => {
    await run('--hidden');
    const event = preventable();
    electron.powerMonitor.emit('shutdown', event);
    await ended();
    expect([event.defaultPrevented, stopped]).toEqual([true, 1]);
  });

  it('does not end with its last window', async () => {
    await run();
    expect(electron.app.listenerCount('window-all-closed')).toBe(1);
    electron.app.emit('window-all-closed');
    expect(exits()).toEqual([]);
  });

  it('cuts a start short, ends what was begun, and shows no error', async () => {
    startAgent = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const running = run();
    await eventually('it can be quit', () => electron.app.listenerCount('before-quit') > 0);
    electron.app.quit();
    await ended();
    await running;
    expect([exits(), electron.errorBoxes, electron.trays.length]).toEqual([[0], [], 0]);
  });

  it('stops an agent whose start could not be cut short any more', async () => {
    let begun: (running: RunningAgent) => void = () => undefined;
    startAgent = () => new Promise((resolve) => (begun = resolve));
    const running = run();
    await eventually('it can be quit', () => electron.app.listenerCount('before-quit') > 0);
    electron.app.quit();
    begun({ agent, logger: silentLogger, stop: () => Promise.resolve(void (stopped += 1)) });
    await ended();
    await running;
    expect([stopped, electron.trays.length]).toEqual([1, 0]);
  });
});
