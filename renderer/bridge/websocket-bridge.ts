// SPDX-License-Identifier: MIT
import type { Snapshot } from '../../protocol/agent-state.ts';
import {
  type Bridge,
  type BridgeMessage,
  bridgeMessageSchema,
  type IntentName,
  type IntentRequest,
  type IntentResponse,
  INTENTS,
} from '../../protocol/bridge.ts';
import type { Clock } from '../../protocol/clock.ts';
import { LullError, parseAt } from '../../protocol/errors.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5000;

/** What the bridge needs of a socket; a browser's WebSocket is one. */
export interface Socket {
  send(text: string): void;
  close(): void;
  addEventListener(type: 'open' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** What the bridge needs of its page. */
export interface SocketPage {
  readonly clock: Clock;
  openSocket(): Socket;
  hidden(): boolean;
  onVisibility(listener: () => void): void;
}

interface Pending {
  readonly name: IntentName;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const unreachable = (): LullError =>
  new LullError(
    'unreachable',
    'Lull does not answer. Start it again if it was closed; this page reconnects by itself.',
  );

/** The bridge over the headless host's WebSocket. Closed while the page is hidden, so that it costs nothing then. */
export class WebSocketBridge implements Bridge {
  readonly #page: SocketPage;
  readonly #pending = new Map<number, Pending>();
  readonly #snapshotListeners = new Set<(snapshot: Snapshot) => void>();
  readonly #connectionListeners = new Set<(connected: boolean) => void>();
  #socket: Socket | undefined;
  #connected = false;
  #nextId = 0;
  #delayMs = FIRST_DELAY_MS;
  #cancelRetry = (): void => undefined;

  constructor(page: SocketPage) {
    this.#page = page;
    page.onVisibility(() => this.#onVisibility());
    if (!page.hidden()) this.#open();
  }

  async send<N extends IntentName>(name: N, request: IntentRequest<N>): Promise<IntentResponse<N>> {
    const socket = this.#socket;
    if (socket === undefined || !this.#connected) throw unreachable();
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { name, resolve, reject });
    });
    socket.send(JSON.stringify({ id, name, request }));
    return parseAt(INTENTS[name].response, await answer, 'the answer of Lull') as IntentResponse<N>;
  }

  onSnapshot(listener: (snapshot: Snapshot) => void): () => void {
    this.#snapshotListeners.add(listener);
    return () => this.#snapshotListeners.delete(listener);
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#connectionListeners.add(listener);
    listener(this.#connected);
    return () => this.#connectionListeners.delete(listener);
  }

  #open(): void {
    const socket = this.#page.openSocket();
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (this.#socket === socket) this.#onOpen();
    });
    socket.addEventListener('message', (event) => {
      if (this.#socket === socket) this.#onMessage(event.data);
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#onClose();
    });
  }

  #onOpen(): void {
    this.#delayMs = FIRST_DELAY_MS;
    this.#say(true);
  }

  #onClose(): void {
    this.#drop();
    this.#say(false);
    this.#cancelRetry = this.#page.clock.after(this.#delayMs, () => this.#open());
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    for (const pending of this.#pending.values()) pending.reject(unreachable());
    this.#pending.clear();
    socket?.close();
  }

  #onVisibility(): void {
    this.#cancelRetry();
    if (this.#page.hidden()) {
      // Not said to the listeners: a hidden page has lost nothing, and shows its last snapshot.
      this.#connected = false;
      this.#drop();
    } else if (this.#socket === undefined) {
      this.#delayMs = FIRST_DELAY_MS;
      this.#open();
    }
  }

  #onMessage(data: unknown): void {
    const message = parseMessage(data);
    if (message === undefined) return this.#socket?.close();
    if (message.type === 'snapshot') {
      for (const listener of this.#snapshotListeners) listener(message.snapshot);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === 'answer') pending?.resolve(message.value);
    else pending?.reject(LullError.fromWire(message.error));
  }

  #say(connected: boolean): void {
    this.#connected = connected;
    for (const listener of this.#connectionListeners) listener(connected);
  }
}

/** @returns undefined for anything that the agent would not say: then the connection is not to be trusted. */
function parseMessage(data: unknown): BridgeMessage | undefined {
  try {
    return bridgeMessageSchema.parse(JSON.parse(String(data)));
  } catch {
    return undefined;
  }
}
