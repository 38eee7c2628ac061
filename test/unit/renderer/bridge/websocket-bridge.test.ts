// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import type { Snapshot } from '../../../../protocol/agent-state.ts';
import { bridgeCallSchema, type BridgeMessage } from '../../../../protocol/bridge.ts';
import { LullError } from '../../../../protocol/errors.ts';
import { type Socket, WebSocketBridge } from '../../../../renderer/bridge/websocket-bridge.ts';
import { sampleSnapshot } from '../../../support/sample-state.ts';
import { TestClock } from '../../../support/test-clock.ts';

type Listener = (event: { readonly data: unknown }) => void;

class FakeSocket implements Socket {
  readonly sent: string[] = [];
  closed = false;
  readonly #listeners: Record<string, Listener> = {};

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners[type] = listener;
  }

  happens(type: 'open' | 'close' | 'message', data?: unknown): void {
    this.#listeners[type]?.({ data });
  }

  says(message: BridgeMessage | string): void {
    this.happens('message', typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The id of the last call. */
  get lastId(): number {
    return bridgeCallSchema.parse(JSON.parse(this.sent.at(-1) ?? '')).id;
  }
}

let clock: TestClock;
let sockets: FakeSocket[];
let hidden: boolean;
let visibilityChanged: () => void;
let bridge: WebSocketBridge;
let connections: boolean[];
const socket = (): FakeSocket => sockets.at(-1) ?? expect.fail('no socket was opened');

beforeEach(() => {
  clock = new TestClock();
  sockets = [];
  hidden = false;
  connections = [];
  bridge = new WebSocketBridge({
    clock,
    openSocket: () => {
      const opened = new FakeSocket();
      sockets.push(opened);
      return opened;
    },
    hidden: () => hidden,
    onVisibility: (listener) => {
      visibilityChanged = listener;
    },
  });
  bridge.onConnection((connected) => connections.push(connected));
});

describe('a bridge over a WebSocket', () => {
  it('answers a call with what the agent said, whatever the order of the answers', async () => {
    socket().happens('open');
    const first = bridge.send('snapshot', {});
    const firstId = socket().lastId;
    const second = bridge.send('resume', {});
    socket().says({ type: 'answer', id: socket().lastId, value: {} });
    socket().says({ type: 'answer', id: firstId, value: sampleSnapshot(7) });
    expect(await second).toEqual({});
    expect((await first).revision).toBe(7);
  });

  it('rejects with the code and the sentence of the agent', async () => {
    socket().happens('open');
    const call = bridge.send('resume', {});
    socket().says({ type: 'error', id: socket().lastId, error: { code: 'disk_full', message: 'Full.' } });
    await expect(call).rejects.toMatchObject({ code: 'disk_full', message: 'Full.' });
  });

  it('refuses an answer that is not what the schema says', async () => {
    socket().happens('open');
    const call = bridge.send('snapshot', {});
    socket().says({ type: 'answer', id: socket().lastId, value: { revision: -1 } });
    await expect(call).rejects.toBeInstanceOf(LullError);
  });

  it('passes snapshots on until told to stop', () => {
    const seen: Snapshot[] = [];
    const stop = bridge.onSnapshot((snapshot) => seen.push(snapshot));
    socket().happens('open');
    socket().says({ type: 'snapshot', snapshot: sampleSnapshot(1) });
    stop();
    socket().says({ type: 'snapshot', snapshot: sampleSnapshot(2) });
    expect(seen.map(({ revision }) => revision)).toEqual([1]);
  });

  it('hangs up on anything that the agent would not say', () => {
    socket().happens('open');
    for (const text of ['', '{', '{"type":"snapshot"}', '{"type":"other"}', 'null']) {
      socket().closed = false;
      socket().says(text);
      expect(socket().closed).toBe(true);
    }
  });

  it('rejects what is under way when the connection is lost, and what is asked before it is there', async () => {
    await expect(bridge.send('resume', {})).rejects.toMatchObject({ code: 'unreachable' });
    socket().happens('open');
    const call = bridge.send('resume', {});
    socket().happens('close');
    await expect(call).rejects.toMatchObject({ code: 'unreachable' });
    expect(connections).toEqual([false, true, false]);
  });

  it('tries again after 250 ms, twice as long each time, never longer than 5 s, and anew after a success', async () => {
    const waits: number[] = [];
    for (let round = 0; round < 7; round++) {
      const opened = sockets.length;
      socket().happens('close');
      let waited = 0;
      while (sockets.length === opened) {
        await clock.advance(250);
        waited += 250;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
    socket().happens('open');
    socket().happens('close');
    await clock.advance(250);
    expect(sockets).toHaveLength(9);
  });

  it('closes while hidden without saying that anything is lost, and opens at once when seen', async () => {
    socket().happens('open');
    hidden = true;
    visibilityChanged();
    expect(socket().closed).toBe(true);
    socket().happens('close');
    await clock.advance(60_000);
    expect(sockets).toHaveLength(1);
    expect(connections).toEqual([false, true]);
    hidden = false;
    visibilityChanged();
    expect(sockets).toHaveLength(2);
  });

  it('does not keep trying while hidden', async () => {
    socket().happens('close');
    hidden = true;
    visibilityChanged();
    await clock.advance(60_000);
    expect(sockets).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });
});
