// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { connectWindow } from '../../../electron/ipc.ts';
import { ipcBridge } from '../../../electron/preload-bridge.ts';
import { Windows } from '../../../electron/windows.ts';
import { bridgeMessageSchema, INTENTS, IPC_CHANNELS } from '../../../protocol/bridge.ts';
import { LullError } from '../../../protocol/errors.ts';
import { blobHashOf } from '../../../protocol/hashes.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeElectron } from '../../support/fake-electron.ts';
import type { FakeWebContents } from '../../support/fake-electron-window.ts';
import { RecordingAgent } from '../../support/recording-agent.ts';
import { TestClock } from '../../support/test-clock.ts';

let electron: FakeElectron;
let agent: RecordingAgent;
let windows: Windows;
let contents: FakeWebContents;
let disconnect: () => void;

beforeEach(async () => {
  electron = new FakeElectron();
  agent = new RecordingAgent();
  windows = new Windows(electron.api, {
    rendererDir: '/app/renderer',
    preload: '/app/preload.cjs',
    clock: new TestClock(),
    logger: silentLogger,
    platform: 'linux',
    trayBounds: () => undefined,
    staysOnBlur: () => false,
  });
  disconnect = connectWindow(electron.api.ipcMain, windows, agent, silentLogger);
  windows.show();
  await eventually('the window is shown', () => windows.isShown());
  const made = electron.windows[0]?.webContents;
  if (made === undefined) throw new Error('no window was made');
  contents = made;
});

const call = (
  message: unknown,
  event: object = { sender: contents, senderFrame: contents.mainFrame },
): Promise<unknown> => electron.ipcMain.call(IPC_CHANNELS.call, event, message);

describe('the window speaking to the agent', () => {
  it('has exactly one channel in, and its intent reaches the agent parsed', async () => {
    expect([...electron.ipcMain.handlers.keys()]).toEqual([IPC_CHANNELS.call]);
    expect(await call({ id: 7, name: 'pause', request: { for: '1h' } })).toEqual({
      type: 'answer',
      id: 7,
      value: {},
    });
    expect(agent.intents).toEqual([{ name: 'pause', request: { for: '1h', of: 'all' } }]);
  });

  it('gets a failure as its code, message and details', async () => {
    agent.failure = new LullError('disk_full', 'The disk is full: free some space.', {
      details: { freeBytes: 3 },
    });
    expect(await call({ id: 8, name: 'resume', request: {} })).toEqual({
      type: 'error',
      id: 8,
      error: { code: 'disk_full', message: 'The disk is full: free some space.', details: { freeBytes: 3 } },
    });
  });

  it('learns nothing of the inside from an unexpected failure', async () => {
    agent.failure = new Error('ENOENT /home/someone/secret');
    const answer = await call({ id: 9, name: 'resume', request: {} });
    expect(answer).toMatchObject({ type: 'error', error: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it.each([
    ['another frame of the window', () => ({ sender: contents, senderFrame: { origin: 'lull://app' } })],
    ['a frame that is gone', () => ({ sender: contents, senderFrame: null })],
    ['another web contents', () => ({ sender: {}, senderFrame: contents.mainFrame })],
    [
      'a page of another origin',
      () => {
        contents.mainFrame.origin = 'https://example.org';
        return { sender: contents, senderFrame: contents.mainFrame };
      },
    ],
  ])('is refused when it comes from %s', async (_, event) => {
    expect(await call({ id: 1, name: 'pause', request: { for: '1h' } }, event())).toMatchObject({
      type: 'error',
      error: { code: 'forbidden' },
    });
    expect(agent.intents).toEqual([]);
  });

  it.each([
    undefined,
    null,
    7,
    'pause',
    [],
    {},
    { id: 1, name: 'pause' },
    { id: 1, name: 'exec', request: { command: 'rm' } },
    { id: 1, name: '__proto__', request: {} },
    { id: 1, name: 'constructor', request: {} },
    { id: -1, name: 'resume', request: {} },
    { id: 1.5, name: 'resume', request: {} },
    { id: 1, name: 'resume', request: {}, path: '/etc' },
    { id: 1, name: 'pause', request: { for: 'ever' } },
    { id: 1, name: 'pause', request: { for: '1h', then: 'run' } },
    { id: 1, name: 'setSettings', request: { consentGivenAt: 1 } },
    { id: 1, name: 'setSettings', request: { awayCpuPercent: 1e9 } },
    { id: 1, name: 'earnNow', request: { minutes: Number.NaN } },
  ])('is refused as invalid when it says %j', async (message) => {
    expect(await call(message)).toMatchObject({ type: 'error', error: { code: 'invalid_request' } });
    expect(agent.intents).toEqual([]);
  });

  it('always answers by the schema and never throws, whatever is said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
        async (message) => {
          expect(bridgeMessageSchema.parse(await call(message)).type).toBe('error');
        },
      ),
    );
    expect(agent.intents).toEqual([]);
  });
});

describe('the agent speaking to the window', () => {
  it('sends each snapshot while the window is shown, and none while it is hidden', () => {
    contents.sent.length = 0;
    const seen = agent.publish();
    windows.hide();
    agent.publish();
    agent.publish();
    expect(contents.sent).toEqual([
      { channel: IPC_CHANNELS.snapshot, message: { type: 'snapshot', snapshot: seen } },
    ]);
  });

  it('sends the newest as soon as the window is shown again', () => {
    windows.hide();
    contents.sent.length = 0;
    const newest = agent.publish();
    windows.show();
    expect(contents.sent.map(({ message }) => message)).toEqual([{ type: 'snapshot', snapshot: newest }]);
  });

  it('is silent and deaf once disconnected', () => {
    disconnect();
    contents.sent.length = 0;
    agent.publish();
    expect(contents.sent).toEqual([]);
    expect([electron.ipcMain.handlers.size, agent.listening]).toEqual([0, 0]);
  });
});

describe('the bridge in the window', () => {
  const listeners = new Map<string, (event: unknown, message: never) => void>();
  const bridge = ipcBridge({
    invoke: (channel: string, message: unknown) => {
      expect(channel).toBe(IPC_CHANNELS.call);
      return call(structuredClone(message));
    },
    on: (channel: string, listener: (event: unknown, message: never) => void) =>
      listeners.set(channel, listener),
    removeListener: (channel: string) => listeners.delete(channel),
  } as unknown as Parameters<typeof ipcBridge>[0]);

  it('has the three functions of the bridge and nothing of Electron', () => {
    expect(Object.keys(bridge).sort()).toEqual(['onConnection', 'onSnapshot', 'send']);
  });

  it('carries every intent there is', async () => {
    const requests = {
      acceptConsent: {},
      pause: { for: '15m', of: 'gpu' },
      resume: { of: 'all' },
      earnNow: { minutes: 5 },
      setSettings: { awayCpuPercent: 75 },
      exportSettings: {},
      importSettings: { text: '{}' },
      resetSettings: { section: 'cpu' },
      runningPrograms: {},
      practiceAgain: {},
      activity: { limit: 9 },
      retryModule: { module: blobHashOf(Buffer.from('module')) },
      receiptProof: { id: 'rcp_00000001' },
      snapshot: {},
    } as const;
    expect(Object.keys(requests).sort()).toEqual(Object.keys(INTENTS).sort());
    for (const [name, request] of Object.entries(requests))
      await bridge.send(name as 'setSettings', request as { awayCpuPercent: number });
    expect(agent.intents).toEqual(Object.entries(requests).map(([name, request]) => ({ name, request })));
  });

  it('rejects with the plain code, message and details, which cross into the page whole', async () => {
    agent.failure = new LullError('disk_full', 'The disk is full: free some space.');
    await expect(bridge.send('resume', {})).rejects.toStrictEqual({
      code: 'disk_full',
      message: 'The disk is full: free some space.',
      details: {},
    });
  });

  it('sends no name that is not an intent', async () => {
    const before = agent.intents.length;
    for (const name of ['exec', 'toString', '__proto__']) {
      await expect(bridge.send(name as 'resume', {})).rejects.toMatchObject({ code: 'invalid_request' });
    }
    expect(agent.intents).toHaveLength(before);
  });

  it('hands on snapshots without the event, until told to stop, and is always connected', () => {
    const seen: unknown[] = [];
    const stop = bridge.onSnapshot((snapshot) => seen.push(snapshot));
    const snapshot = agent.snapshot();
    listeners.get(IPC_CHANNELS.snapshot)?.({ sender: 'ipcRenderer' }, {
      type: 'snapshot',
      snapshot,
    } as never);
    expect(seen).toEqual([snapshot]);
    stop();
    expect(listeners.size).toBe(0);
    const connected: boolean[] = [];
    bridge.onConnection((value) => connected.push(value))();
    expect(connected).toEqual([true]);
  });
});
