// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { DesktopApp, whyNot } from './desktop-app.ts';

const why = await whyNot();

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the desktop app in Electron', () => {
  let desktop: DesktopApp;

  beforeEach(() => {
    desktop = new DesktopApp();
  });
  afterEach(() => desktop.stop());

  const electronOnly = (context: TestContext): void => {
    if (why !== undefined) context.skip(`Electron cannot run here: ${why}`);
  };

  it('opens its window on the first run, from lull://app, without Node in the page', async (context) => {
    electronOnly(context);
    const app = await desktop.start();
    const window = await desktop.window(app);
    expect(window.url()).toMatch(/^lull:\/\/app\/index\.html/);
    await window.getByRole('button', { name: 'Start earning' }).waitFor();
    expect(
      await window.evaluate('[typeof process, typeof require, Object.keys(window.lull).sort().join()]'),
    ).toEqual(['undefined', 'undefined', 'onConnection,onSnapshot,send']);
    await expect(window.evaluate("fetch('https://example.org/')")).rejects.toThrow();
  });

  it('earns after one click, and says so in the tray menu', async (context) => {
    electronOnly(context);
    const app = await desktop.start();
    const window = await desktop.window(app);
    const menu = await desktop.nextTrayMenu(app, () =>
      window.getByRole('button', { name: 'Start earning' }).click(),
    );
    const labels = menu.map(({ label }) => label);
    expect(labels).toContain('Quit Lull');
    expect(labels.join('\n')).toMatch(/practice credits/);
    expect(menu.find(({ label }) => label === 'Pause')?.submenu).toHaveLength(4);
  });

  it('ends a second instance at once, and shows the window of the first', async (context) => {
    electronOnly(context);
    const first = await desktop.start('--hidden');
    expect(first.windows()).toHaveLength(0);
    const opened = first.waitForEvent('window');
    await desktop.start().catch(() => undefined);
    expect((await opened).url()).toMatch(/^lull:\/\/app\//);
  });

  it('leaves no process behind when it quits, within five seconds', async (context) => {
    electronOnly(context);
    const app = await desktop.start('--accept');
    await desktop.window(app);
    const pids = await desktop.childPids(app);
    expect(pids.length).toBeGreaterThan(2);
    const closed = app.waitForEvent('close');
    await app.evaluate(({ app: main }) => main.quit());
    await closed;
    await eventually('every process is gone', () => !pids.some(isAlive), 5000);
  });
});
