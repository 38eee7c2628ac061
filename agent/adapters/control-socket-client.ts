// SPDX-License-Identifier: MIT
import { connect, type Socket } from 'node:net';

import {
  bridgeMessageSchema,
  HOST_CALLS,
  type HostCallName,
  type HostCallResponse,
  type IntentName,
  type IntentRequest,
  type IntentResponse,
  INTENTS,
} from '../../protocol/bridge.ts';
import type { Clock } from '../../protocol/clock.ts';
import { LullError, parseAt } from '../../protocol/errors.ts';
import { readLines } from './control-socket-lines.ts';
import { controlSocketPath } from './control-socket-path.ts';

const LONGEST_ANSWER = 16 * 1024 * 1024;
const ANSWER_MS = 10_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A connection to the agent that runs on a data folder. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  private constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    readLines(socket, LONGEST_ANSWER, (line) => this.#receive(line));
    socket.once('close', () => this.#failAll(new LullError('agent_not_running', 'The agent has ended.')));
  }

  /** @throws {LullError} `agent_not_running` when nobody listens for this data folder. */
  static connect(dataDir: string, clock: Clock): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(controlSocketPath(dataDir));
      const fail = (cause: Error): void =>
        reject(
          new LullError(
            'agent_not_running',
            'No agent is running here. Start it with `lull agent` or `npm start`.',
            {
              details: { dataDir },
              cause,
            },
          ),
        );
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.off('error', fail);
        // Always followed by `close`, which ends every waiting call.
        socket.on('error', () => undefined);
        resolve(new ControlClient(socket, clock));
      });
    });
  }

  async send<N extends IntentName>(name: N, request: IntentRequest<N>): Promise<IntentResponse<N>> {
    const value = await this.#call(name, request);
    return parseAt(INTENTS[name].response, value, "The agent's answer") as IntentResponse<N>;
  }

  async host<N extends HostCallName>(name: N): Promise<HostCallResponse<N>> {
    return parseAt(
      HOST_CALLS[name].response,
      await this.#call(name, {}),
      "The agent's answer",
    ) as HostCallResponse<N>;
  }

  close(): void {
    this.#socket.destroy();
  }

  #call(name: string, request: unknown): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(ANSWER_MS, () => {
        this.#waiting.delete(id);
        reject(
          new LullError('agent_not_running', 'The agent does not answer. Look into its log, or restart it.'),
        );
      });
      this.#waiting.set(id, {
        resolve: (value) => (cancel(), resolve(value)),
        reject: (error) => (cancel(), reject(error)),
      });
      this.#socket.write(`${JSON.stringify({ id, name, request })}\n`);
    });
  }

  #receive(line: string): void {
    let message;
    try {
      message = parseAt(bridgeMessageSchema, JSON.parse(line), "The agent's answer");
    } catch (error) {
      this.#failAll(
        new LullError('internal', 'The agent answered in a way that this version does not understand.', {
          cause: error,
        }),
      );
      return;
    }
    if (message.type === 'snapshot') return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(LullError.fromWire(message.error));
  }

  #failAll(error: LullError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
