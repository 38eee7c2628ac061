// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bundleForNode } from '../../../build/vite-node.ts';
import type { Bridge } from '../../../protocol/bridge.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** What the sandbox of a preload script lets it require. */
const SANDBOX_MODULES = ['electron', 'electron/common', 'electron/renderer', 'events', 'timers', 'url'];

describe('the preload script as it is built', () => {
  let folder: string;
  const exposed: [string, Bridge][] = [];
  const required: string[] = [];
  const invoked: unknown[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lull-preload-'));
    const file = join(folder, 'preload.cjs');
    await bundleForNode({ root: ROOT, entry: join(ROOT, 'electron/preload.ts'), file, format: 'cjs' });
    const electron = {
      contextBridge: { exposeInMainWorld: (name: string, api: Bridge) => exposed.push([name, api]) },
      ipcRenderer: {
        invoke: (channel: string, message: { id: number }) => {
          invoked.push([channel, message]);
          return Promise.resolve({ type: 'answer', id: message.id, value: {} });
        },
        on: () => undefined,
        removeListener: () => undefined,
      },
    };
    const load = (name: string): unknown => {
      required.push(name);
      if (!SANDBOX_MODULES.includes(name)) throw new Error(`module not found: ${name}`);
      return electron;
    };
    // A sandboxed preload has no Node but this: no process, no fs, no Buffer.
    const sandbox = createContext({
      require: load,
      exports: {},
      module: { exports: {} },
      URL,
      Uint8Array,
      TextEncoder,
    });
    runInContext(readFileSync(file, 'utf8'), sandbox);
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('loads with what the sandbox gives it, and nothing else', () => {
    expect(required).toEqual(['electron/renderer']);
  });

  it('exposes exactly one thing: the bridge', () => {
    expect(exposed.map(([name, api]) => [name, Object.keys(api).sort()])).toEqual([
      ['lull', ['onConnection', 'onSnapshot', 'send']],
    ]);
  });

  it('sends an intent on the one channel', async () => {
    await exposed[0]?.[1].send('pause', { for: '15m' });
    expect(invoked).toEqual([['lull:call', { id: 1, name: 'pause', request: { for: '15m' } }]]);
  });
});
