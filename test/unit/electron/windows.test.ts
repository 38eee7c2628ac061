// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import { DESTROY_AFTER_HIDDEN_MS, Windows } from '../../../electron/windows.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeElectron, preventable } from '../../support/fake-electron.ts';
import type { FakeBrowserWindow } from '../../support/fake-electron-window.ts';
import { TestClock } from '../../support/test-clock.ts';

let electron: FakeElectron;
let clock: TestClock;
let windows: Windows;
let staysOnBlur: boolean;

beforeEach(() => {
  electron = new FakeElectron();
  clock = new TestClock();
  staysOnBlur = false;
  windows = new Windows(electron.api, {
    rendererDir: '/app/renderer',
    preload: '/app/preload.cjs',
    clock,
    logger: silentLogger,
    platform: 'darwin',
    trayBounds: () => ({ x: 1000, y: 0, width: 24, height: 24 }),
    staysOnBlur: () => staysOnBlur,
  });
});

const shown = async (): Promise<FakeBrowserWindow> => {
  windows.show();
  await eventually('the window is shown', () => windows.isShown());
  const window = electron.windows.at(-1);
  if (window === undefined) throw new Error('no window was made');
  return window;
};

describe('the window', () => {
  it('is sandboxed and isolated, without Node, and leaves web security as it is', async () => {
    const { options } = await shown();
    expect(options['webPreferences']).toEqual({
      preload: '/app/preload.cjs',
      partition: 'lull-window',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: true,
    });
    expect(options).toMatchObject({ show: false, skipTaskbar: true, title: 'Lull' });
  });

  it('has no developer tools once packaged', async () => {
    electron.app.isPackaged = true;
    const { options } = await shown();
    expect(options['webPreferences']).toMatchObject({ devTools: false });
  });

  it('loads its page from lull://app and from nowhere else', async () => {
    const window = await shown();
    expect(window.loaded).toEqual(['lull://app/index.html']);
    const session = electron.sessions.get('lull-window');
    expect([...(session?.handled.keys() ?? [])]).toEqual(['lull']);
  });

  it('appears under the tray icon, focused, and only once its page is drawn', async () => {
    windows.show();
    expect(windows.isShown()).toBe(false);
    const window = await shown();
    expect(window.bounds).toEqual({ x: 802, y: 32, width: 420, height: 680 });
    expect(window.focused).toBe(true);
  });

  it('hides when the owner looks elsewhere', async () => {
    (await shown()).emit('blur');
    expect(windows.isShown()).toBe(false);
  });

  it('stays on blur while the first-run screen asks', async () => {
    staysOnBlur = true;
    (await shown()).emit('blur');
    expect(windows.isShown()).toBe(true);
  });

  it('is destroyed after a minute hidden, and made anew when wanted again', async () => {
    const window = await shown();
    windows.hide();
    await clock.advance(DESTROY_AFTER_HIDDEN_MS - 1);
    expect(window.isDestroyed()).toBe(false);
    await clock.advance(1);
    expect(window.isDestroyed()).toBe(true);
    await shown();
    expect(electron.windows).toHaveLength(2);
  });

  it('is kept when it is shown again within the minute', async () => {
    const window = await shown();
    windows.hide();
    await clock.advance(DESTROY_AFTER_HIDDEN_MS - 1);
    await shown();
    await clock.advance(10 * DESTROY_AFTER_HIDDEN_MS);
    expect(window.isDestroyed()).toBe(false);
    expect(electron.windows).toHaveLength(1);
  });

  it('hides instead of closing', async () => {
    const window = await shown();
    const event = preventable();
    window.emit('close', event);
    expect(event.defaultPrevented).toBe(true);
    expect(windows.isShown()).toBe(false);
  });

  it('toggles with the tray icon, and does not come back from the very click that hid it', async () => {
    const window = await shown();
    window.emit('blur');
    windows.toggle();
    expect(windows.isShown()).toBe(false);
    await clock.advance(1000);
    windows.toggle();
    expect(windows.isShown()).toBe(true);
    await clock.advance(1000);
    windows.toggle();
    expect(windows.isShown()).toBe(false);
  });

  it('is sent nothing while hidden or destroyed', async () => {
    expect(windows.sendIfShown('lull:snapshot', 1)).toBe(false);
    const window = await shown();
    expect(windows.sendIfShown('lull:snapshot', 2)).toBe(true);
    windows.hide();
    expect(windows.sendIfShown('lull:snapshot', 3)).toBe(false);
    windows.destroy();
    expect(windows.sendIfShown('lull:snapshot', 4)).toBe(false);
    expect(window.webContents.sent).toEqual([{ channel: 'lull:snapshot', message: 2 }]);
  });
});

describe('what the window may do', () => {
  it.each([
    'https://example.org/',
    'file:///etc/passwd',
    'lull://appx/',
    'lull://evil/',
    'data:text/html,x',
    'javascript:1',
  ])('may not navigate to %s', async (url) => {
    const { webContents } = await shown();
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      const event = preventable({ url });
      webContents.emit(name, event);
      expect([name, event.defaultPrevented]).toEqual([name, true]);
    }
  });

  it('may reload its own page', async () => {
    const event = preventable({ url: 'lull://app/index.html' });
    (await shown()).webContents.emit('will-navigate', event);
    expect(event.defaultPrevented).toBe(false);
  });

  it('may open no window, not even on its own page, and attach no webview', async () => {
    const { webContents } = await shown();
    for (const url of ['https://example.org/', 'lull://app/index.html', 'about:blank']) {
      expect(webContents.windowOpenHandler?.({ url })).toEqual({ action: 'deny' });
    }
    const event = preventable();
    webContents.emit('will-attach-webview', event);
    expect(event.defaultPrevented).toBe(true);
  });

  it.each([
    'media',
    'geolocation',
    'notifications',
    'clipboard-read',
    'openExternal',
    'midi',
    'hid',
    'unknown',
  ])('is denied the permission %s', async (permission) => {
    await shown();
    const session = electron.sessions.get('lull-window');
    const answers: boolean[] = [];
    session?.permissionRequest?.({}, permission, (granted) => answers.push(granted));
    expect(answers).toEqual([false]);
    expect([session?.permissionCheck?.(), session?.devicePermission?.()]).toEqual([false, false]);
    session?.displayMedia?.({}, (streams) => expect(streams).toEqual({}));
  });

  it('may request nothing over the network and download nothing', async () => {
    await shown();
    const session = electron.sessions.get('lull-window');
    const cancelled = (url: string): boolean | undefined => {
      let cancel: boolean | undefined;
      session?.beforeRequest?.({ url }, (response) => (cancel = response.cancel));
      return cancel;
    };
    expect(
      ['https://example.org/', 'http://127.0.0.1:1/', 'file:///etc/passwd', 'ws://a/'].map(cancelled),
    ).toEqual(Array.from({ length: 4 }, () => true));
    expect(['lull://app/index.html', 'data:image/png;base64,AA'].map(cancelled)).toEqual([false, false]);
    const isStopped = (url: string): boolean => {
      const event = preventable();
      session?.emit('will-download', event, { getURL: () => url });
      return event.defaultPrevented;
    };
    expect(['https://example.org/a', 'blob:https://example.org/1', 'lull://app/a'].map(isStopped)).toEqual([
      true,
      true,
      true,
    ]);
    // The settings that the owner exports.
    expect(isStopped('blob:lull://app/1')).toBe(false);
    expect(cancelled('blob:lull://app/1')).toBe(false);
  });
});

describe('who speaks for the window', () => {
  it('is the top frame of its own contents at its own origin, and no other', async () => {
    const { webContents } = await shown();
    const ask = (sender: unknown, frame: unknown): boolean =>
      windows.isOwnFrame(sender as Electron.WebContents, frame as Electron.WebFrameMain);
    expect(ask(webContents, webContents.mainFrame)).toBe(true);
    expect(ask(webContents, null)).toBe(false);
    expect(ask(webContents, { origin: 'lull://app' })).toBe(false);
    expect(ask({ mainFrame: webContents.mainFrame }, webContents.mainFrame)).toBe(false);
    webContents.mainFrame.origin = 'https://example.org';
    expect(ask(webContents, webContents.mainFrame)).toBe(false);
  });

  it('is nobody when there is no window', async () => {
    const { webContents } = await shown();
    windows.destroy();
    const sender = webContents as unknown as Electron.WebContents;
    expect(windows.isOwnFrame(sender, sender.mainFrame)).toBe(false);
  });
});
