// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { headlessKeepAwake } from '../../agent/adapters/keep-awake.ts';
import type { KeepAwake } from '../../agent/ports.ts';
import { findProgram } from '../../build/test-environment.ts';
import { BlockerKeepAwake } from '../../electron/adapters/blocker-keep-awake.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { eventually } from '../support/eventually.ts';
import { FakeElectron } from '../support/fake-electron.ts';
import { needs } from '../support/needs.ts';
import { PrivateBus } from '../support/private-bus.ts';

let electron: FakeElectron;
let children: ChildProcess[];
let asked: string[];

const lives = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;
const living = (): number => children.filter(lives).length;

/** Starts something that waits, in place of what the system has: this machine may have neither. */
const startChild = (command: string, args: readonly string[]): ChildProcess => {
  asked.push([command, ...args].join(' '));
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  children.push(child);
  return child;
};
const headless = (platform: NodeJS.Platform): KeepAwake =>
  headlessKeepAwake({ logger: silentLogger, platform, startChild });

beforeEach(() => {
  electron = new FakeElectron();
  children = [];
  asked = [];
});

afterEach(() => {
  for (const child of children) if (lives(child)) child.kill('SIGKILL');
});

describe.each([
  ['Electron', (): KeepAwake => new BlockerKeepAwake(electron.api.powerSaveBlocker)],
  ['a headless Linux', (): KeepAwake => headless('linux')],
  ['a headless Mac', (): KeepAwake => headless('darwin')],
])('keeping %s awake', (_name, make) => {
  it('holds while it is wanted, once however often it is asked for', async () => {
    const awake = make();
    expect(awake.set(false)).toBe(false);
    for (let times = 0; times < 3; times += 1) expect(awake.set(true)).toBe(true);
    expect(electron.powerSaveBlocker.blocks.size + children.length).toBe(1);
    for (let times = 0; times < 3; times += 1) expect(awake.set(false)).toBe(false);
    expect(electron.powerSaveBlocker.blocks.size).toBe(0);
    await eventually('nothing is left running', () => living() === 0);
    expect(awake.set(true)).toBe(true);
    expect(awake.set(false)).toBe(false);
  });
});

describe('keeping awake by Electron', () => {
  it('lets the screen go dark', () => {
    new BlockerKeepAwake(electron.api.powerSaveBlocker).set(true);
    expect([...electron.powerSaveBlocker.blocks.values()]).toEqual(['prevent-app-suspension']);
  });
});

describe('keeping awake without Electron', () => {
  it('asks the system in its own words, so that it ends when this process does', () => {
    headless('linux').set(true);
    headless('darwin').set(true);
    expect(asked).toEqual([
      expect.stringMatching(/^systemd-inhibit --what=sleep --mode=block --who=Lull .* cat$/),
      `caffeinate -i -w ${process.pid}`,
    ]);
  });

  it('never holds where no way is known', () => {
    expect(headless('win32').set(true)).toBe(false);
    expect(asked).toEqual([]);
  });

  it('does not hold any more once the system has ended it, until it was not wanted for once', async () => {
    const awake = headless('linux');
    awake.set(true);
    children[0]?.kill('SIGKILL');
    await eventually('it is known to have ended', () => !awake.set(true));
    expect(children).toHaveLength(1);
    awake.set(false);
    expect(awake.set(true)).toBe(true);
    awake.set(false);
  });

  it('does not hold where the program is missing, and never signals its own processes', async () => {
    const missing = headlessKeepAwake({
      logger: silentLogger,
      platform: 'linux',
      startChild: () => spawn('/no/such/program', { stdio: ['pipe', 'ignore', 'ignore'] }),
    });
    expect(missing.set(true)).toBe(false);
    expect(missing.set(false)).toBe(false);
    expect(missing.set(true)).toBe(false);
    await eventually('it is known to be missing', () => !missing.set(true));
    const throwing = headlessKeepAwake({
      logger: silentLogger,
      platform: 'linux',
      startChild: () => {
        throw new Error('no more processes');
      },
    });
    expect(throwing.set(true)).toBe(false);
  });
});

const dbusmock = needs('dbusmock');
const canInhibit = dbusmock.ok && findProgram('systemd-inhibit') !== undefined;

describe.skipIf(!canInhibit)('keeping awake by logind, as dbusmock plays it', () => {
  it('holds a lock on sleep, and on nothing else, until it is not wanted any more', async () => {
    await using bus = await PrivateBus.start();
    await bus.template('logind', 'org.freedesktop.login1');
    const locks = (): Promise<unknown> =>
      bus.call('org.freedesktop.login1', '/org/freedesktop/login1', [
        'org.freedesktop.login1.Manager',
        'ListInhibitors',
      ]);
    const awake = headlessKeepAwake({
      logger: silentLogger,
      platform: 'linux',
      startChild: (command, args) => {
        const env = { ...process.env, ...bus.env };
        const child = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
        children.push(child);
        return child;
      },
    });
    expect(awake.set(true)).toBe(true);
    const held = await eventually('a lock is held', async () => {
      const all = await locks();
      return Array.isArray(all) && all.length > 0 && all;
    });
    expect(JSON.stringify(held)).toMatch(/^\[\["sleep","Lull","Work [^"]*","block",\d+,\d+\]\]$/);
    awake.set(false);
    await eventually('it is gone', async () => {
      const all = await locks();
      return Array.isArray(all) && all.length === 0;
    });
    await eventually('nothing is left running', () => living() === 0);
  });
});
