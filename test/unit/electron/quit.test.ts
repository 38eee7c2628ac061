// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import { Quit, QUIT_WITHIN_MS } from '../../../electron/quit.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeElectron } from '../../support/fake-electron.ts';
import { TestClock } from '../../support/test-clock.ts';

let electron: FakeElectron;
let clock: TestClock;
let done: string[];

const prepare = (...steps: (() => Promise<void> | void)[]): void => {
  new Quit(electron.api.app, {
    clock,
    logger: () => silentLogger,
    steps: () => steps,
    killChildren: () => done.push('kill'),
  });
};
const exits = (): unknown[] => electron.app.askedFor('exit').map(([, code]) => code);

beforeEach(() => {
  electron = new FakeElectron();
  clock = new TestClock();
  done = [];
});

describe('quitting', () => {
  it('ends each part in turn, then the children that are left, then the app', async () => {
    prepare(
      () => void done.push('tray'),
      async () => {
        await Promise.resolve();
        done.push('agent');
      },
      () => void done.push('coordinator'),
    );
    electron.app.quit();
    await eventually('the app has ended', () => exits().length > 0);
    expect(done).toEqual(['tray', 'agent', 'coordinator', 'kill']);
    expect(exits()).toEqual([0]);
    expect(clock.waiting).toBe(0);
  });

  it('never lets Electron end by itself before that', () => {
    prepare(() => new Promise<void>(() => undefined));
    electron.app.quit();
    electron.app.quit();
    expect(electron.app.askedFor('ended')).toEqual([]);
  });

  it('happens once, however often it is asked for', async () => {
    prepare(() => void done.push('agent'));
    for (let i = 0; i < 3; i++) electron.app.quit();
    await eventually('the app has ended', () => exits().length > 0);
    electron.app.quit();
    expect([done, exits()]).toEqual([['agent', 'kill'], [0]]);
  });

  it('waits no longer than three seconds for a part that hangs', async () => {
    prepare(
      () => new Promise<void>(() => undefined),
      () => void done.push('never'),
    );
    electron.app.quit();
    expect(QUIT_WITHIN_MS).toBe(3000);
    await clock.advance(QUIT_WITHIN_MS - 1);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect([done, exits()]).toEqual([['kill'], [0]]);
  });

  it('ends the other parts when one fails to', async () => {
    prepare(
      () => Promise.reject(new Error('stuck')),
      () => {
        throw new Error('broken');
      },
      () => void done.push('coordinator'),
    );
    electron.app.quit();
    await eventually('the app has ended', () => exits().length > 0);
    expect(done).toEqual(['coordinator', 'kill']);
  });
});
