// SPDX-License-Identifier: MIT
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import { runShell } from '../../electron/shell.ts';
import { startAgent } from '../../electron/start-agent.ts';
import { type AgentState, snapshotSchema } from '../../protocol/agent-state.ts';
import { IPC_CHANNELS } from '../../protocol/bridge.ts';
import { eventually } from '../support/eventually.ts';
import { FakeElectron, type FakeMenuItem } from '../support/fake-electron.ts';
import { nodeUtilityProcesses } from '../support/fake-utility-process.ts';
import { survivors } from '../support/process-tree.ts';
import { DIST, ROOT } from '../support/processes.ts';

let data: string;
let electron: FakeElectron;
let signals: EventEmitter;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'lull-desktop-'));
  electron = new FakeElectron();
  electron.utilityProcess = nodeUtilityProcesses;
  signals = new EventEmitter();
});
afterEach(async () => {
  await quit();
  await rm(data, { recursive: true, force: true });
});

const exits = (): unknown[] => electron.app.askedFor('exit').map(([, code]) => code);

async function quit(): Promise<void> {
  if (exits().length === 0) signals.emit('SIGTERM');
  await eventually('the app has ended', () => exits().length > 0, 10_000);
}

/** The tray app as it ships, but for Electron itself. */
const run = (): Promise<void> =>
  runShell(electron.api, {
    clock: systemClock,
    platform: 'linux',
    desktop: '',
    env: {},
    home: data,
    argv: ['electron', 'main.js', '--data', data],
    files: {
      renderer: join(DIST, 'renderer'),
      preload: join(DIST, 'electron/preload.cjs'),
      utilityChild: join(DIST, 'electron/utility-child.mjs'),
      assets: join(ROOT, 'assets'),
    },
    killByPid: (pid, signal) => process.kill(pid, signal),
    process: signals,
    say: () => undefined,
    dataFolder: (given) => given ?? data,
    startAgent: (parts, signal) =>
      startAgent(
        {
          clock: systemClock,
          version: '0.1.0',
          programs: { coordinator: join(DIST, 'coordinator.js'), examples: join(DIST, 'examples') },
          workerPool: ({ clock, logger, fork }) =>
            forkWorkerPool({ entry: join(DIST, 'worker.js'), clock, logger, launch: fork }),
          useSystemKeychain: false,
          passphrase: undefined,
        },
        parts,
        signal,
      ),
  });

async function fromWindow(name: string, request: object): Promise<unknown> {
  const contents = electron.windows[0]?.webContents;
  const event = { sender: contents, senderFrame: contents?.mainFrame };
  const answer = await electron.ipcMain.call(IPC_CHANNELS.call, event, { id: 1, name, request });
  expect(answer).toMatchObject({ type: 'answer' });
  return (answer as { value: unknown }).value;
}

const state = async (): Promise<AgentState> => snapshotSchema.parse(await fromWindow('snapshot', {})).state;
/** The owner agrees, and does not mind what else this computer has to do: other tests, for one. */
async function works(): Promise<void> {
  await fromWindow('acceptConsent', {});
  await fromWindow('setSettings', { busyPercent: 100 });
}
const trayLabels = (): string =>
  (electron.trays[0]?.menu as { template: readonly FakeMenuItem[] }).template
    .map(({ label }) => label)
    .join('\n');

describe('the tray app, with the real agent, coordinator and worker as utility processes', () => {
  it('asks first, then earns a credit that it has verified, says so in the tray, and leaves nothing behind', async () => {
    await run();
    await eventually('the window is shown', () => electron.windows[0]?.isVisible() === true);
    expect(await state()).toMatchObject({ consent: 'needed', host: { kind: 'electron' }, slots: [] });
    expect(trayLabels()).not.toMatch(/Pause/);

    await works();
    const earned = await eventually(
      'a verified receipt',
      async () => {
        const now = await state();
        return now.receipts.some(({ verified }) => verified) && now;
      },
      60_000,
    );
    expect(earned.network).toMatchObject({ kind: 'this_computer', practice: true });
    expect(trayLabels()).toMatch(/practice credits/);

    const pids = await eventually('a task runs', async () => {
      const running = (await state()).slots.flatMap(({ pid }) => (pid === null ? [] : [pid]));
      return running.length > 0 && running;
    });
    const began = performance.now();
    await quit();
    expect(performance.now() - began).toBeLessThan(4000);
    await eventually('every worker is gone', () => survivors(pids).length === 0, 2000);
    expect([exits(), electron.trays[0]?.isDestroyed()]).toEqual([[0], true]);
  }, 120_000);

  it('follows the power and the screen: in use it yields, locked it works', async () => {
    await run();
    await eventually('the window is shown', () => electron.windows[0]?.isVisible() === true);
    await works();
    electron.powerMonitor.onBattery = true;
    electron.powerMonitor.emit('on-battery');
    await eventually('the battery rule holds', async () =>
      (await state()).decision.reasons.some(({ code }) => code === 'on_battery'),
    );
    electron.powerMonitor.onBattery = false;
    electron.powerMonitor.emit('lock-screen');
    await eventually('it counts as away', async () => {
      const { decision, signals: seen } = await state();
      return decision.profile === 'away' && seen.screenLocked === true && seen.onBattery === false;
    });
  }, 120_000);

  it('starts at login and keeps the computer awake when its owner wants it, and not any more when not', async () => {
    await run();
    await eventually('the window is shown', () => electron.windows[0]?.isVisible() === true);
    const entry = join(data, '.config/autostart/lull.desktop');
    await fromWindow('setSettings', { startAtLogin: true });
    expect(readFileSync(entry, 'utf8')).toContain(`"--data" "${data}"`);
    await fromWindow('setSettings', { startAtLogin: false });
    expect(existsSync(entry)).toBe(false);

    const held = (): string[] => [...electron.powerSaveBlocker.blocks.values()];
    electron.powerMonitor.emit('lock-screen');
    await fromWindow('setSettings', { keepAwake: true });
    expect(held()).toEqual([]);
    await works();
    await eventually('it is kept awake for its work', () => held().length === 1);
    electron.powerMonitor.onBattery = true;
    electron.powerMonitor.emit('on-battery');
    await eventually('it may sleep on battery', () => held().length === 0);
  }, 120_000);

  it('parks its work before the computer sleeps', async () => {
    await run();
    await eventually('the window is shown', () => electron.windows[0]?.isVisible() === true);
    electron.powerMonitor.emit('lock-screen');
    await works();
    await eventually('a task runs', async () =>
      (await state()).slots.some((slot) => slot.state === 'running'),
    );
    electron.powerMonitor.emit('suspend');
    await eventually('nothing runs', async () => {
      const { decision, slots } = await state();
      return (
        decision.reasons.some(({ code }) => code === 'going_to_sleep') &&
        slots.every((slot) => slot.state !== 'running')
      );
    });
    electron.powerMonitor.emit('resume');
    await eventually(
      'it knows that the computer is awake',
      async () => (await state()).signals.goingToSleep === false,
    );
  }, 120_000);
});
