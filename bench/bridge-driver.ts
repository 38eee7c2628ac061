// SPDX-License-Identifier: MIT
import { WebSocket } from 'ws';

import type { AgentState } from '../protocol/agent-state.ts';
import {
  type BridgeMessage,
  bridgeMessageSchema,
  type IntentName,
  type IntentRequest,
  type IntentResponse,
  INTENTS,
} from '../protocol/bridge.ts';
import { LullError } from '../protocol/errors.ts';

/** Speaks to the headless host exactly as its page does: one-time address, cookie, WebSocket. */
export class BridgeDriver {
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #watchers = new Set<() => void>();
  #next = 0;
  #state: AgentState | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(bridgeMessageSchema.parse(JSON.parse(String(data)))));
  }

  /** @param address the one-time address that the host printed */
  static async open(address: string): Promise<BridgeDriver> {
    const answer = await fetch(address, { redirect: 'manual' });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0];
    if (cookie === undefined) throw new Error(`${address} gave no cookie (HTTP ${answer.status})`);
    const { origin, host } = new URL(address);
    const socket = new WebSocket(`ws://${host}/bridge`, { headers: { cookie, origin } });
    const driver = new BridgeDriver(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return driver;
  }

  get state(): AgentState | undefined {
    return this.#state;
  }

  async send<N extends IntentName>(name: N, request: IntentRequest<N>): Promise<IntentResponse<N>> {
    const id = this.#next++;
    const value = await new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, name, request }));
    });
    return INTENTS[name].response.parse(value) as IntentResponse<N>;
  }

  /** Resolves with the first state that satisfies the condition. */
  until(what: string, condition: (state: AgentState) => boolean, timeoutMs: number): Promise<AgentState> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`not within ${timeoutMs} ms: ${what}. Last state: ${JSON.stringify(this.#state)}`));
      }, timeoutMs);
      const look = (): void => {
        if (this.#state === undefined || !condition(this.#state)) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(this.#state);
      };
      this.#watchers.add(look);
      look();
    });
  }

  close(): void {
    this.#socket.close();
  }

  #receive(message: BridgeMessage): void {
    if (message.type === 'snapshot') {
      this.#state = message.snapshot.state;
      for (const look of [...this.#watchers]) look();
      return;
    }
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.type === 'answer') call?.resolve(message.value);
    else call?.reject(LullError.fromWire(message.error));
  }
}
