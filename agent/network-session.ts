// SPDX-License-Identifier: MIT
import type { AgentState } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import {
  API_VERSION,
  type NetworkInfo,
  type RouteInput,
  type RouteName,
  type RouteOutput,
} from '../protocol/coordinator-api.ts';
import { type ErrorCode, LullError, toError } from '../protocol/errors.ts';
import type { PublicKey } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import { abortable } from './abortable.ts';
import type { AgentStore, CoordinatorClient } from './ports.ts';
import type { Problems } from './problems.ts';

type Connection = AgentState['network']['connection'];

/** Codes that say that nobody, or nobody in order, is there: not an answer to what was asked. */
export const SILENCE: ReadonlySet<ErrorCode> = new Set(['unreachable', 'shutting_down']);

interface SessionParts {
  readonly client: CoordinatorClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: AgentStore;
  readonly problems: Problems;
  /** what this device says of itself now */
  readonly registration: () => RouteInput<'register'>['body'];
  /** called after every change of the connection */
  readonly changed: () => void;
}

/**
 * The agent's standing with its network: knows it by its key, is registered with it, knows whether it answers.
 * `connecting` → first contact → `online` ⇄ `offline`. The first call after silence meets it anew.
 */
export class NetworkSession {
  readonly #parts: SessionParts;
  readonly #life = new AbortController();
  #meeting: Promise<void> | undefined;
  #met = false;
  #connection: Connection = 'connecting';
  #message: string | undefined;
  #offlineSince: number | null = null;
  #info: NetworkInfo | undefined;
  #leaseMs = 60_000;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** One sentence, when not online. */
  get message(): string | undefined {
    return this.#message;
  }

  get offlineSince(): number | null {
    return this.#offlineSince;
  }

  get info(): NetworkInfo | undefined {
    return this.#info;
  }

  /** How long a lease holds without a poll, ms. */
  get leaseMs(): number {
    return this.#leaseMs;
  }

  /** The key that this network signs with; undefined before the first contact ever. */
  get networkKey(): PublicKey | undefined {
    return this.#parts.store.networkKey();
  }

  /** What the device says of itself has changed: the next call registers again. */
  forget(): void {
    this.#met = false;
  }

  /**
   * Calls the network as a registered device.
   * @throws {LullError} the coordinator's own, or `unreachable`
   */
  async call<N extends RouteName>(
    name: N,
    input: RouteInput<N>,
    signal: AbortSignal,
  ): Promise<RouteOutput<N>> {
    for (let again = false; ; again = true) {
      await abortable(this.#meet(), signal);
      try {
        return await this.#parts.client.call(name, input, signal);
      } catch (error) {
        signal.throwIfAborted();
        const code = error instanceof LullError ? error.code : 'internal';
        if (code === 'unknown_device' && !again) this.#met = false;
        else {
          if (SILENCE.has(code)) this.#lost(toError(error).message);
          throw error;
        }
      }
    }
  }

  stop(): void {
    this.#life.abort();
  }

  #meet(): Promise<void> {
    if (this.#met) return Promise.resolve();
    this.#meeting ??= this.#introduce().finally(() => {
      this.#meeting = undefined;
    });
    return this.#meeting;
  }

  async #introduce(): Promise<void> {
    const { client, logger } = this.#parts;
    const { signal } = this.#life;
    try {
      const info = await client.call('network', {}, signal);
      this.#recognise(info);
      const answer = await client.call('register', { body: this.#parts.registration() }, signal);
      this.#leaseMs = answer.leaseMs;
      this.#info = info;
      this.#met = true;
    } catch (error) {
      if (!signal.aborted) this.#lost(toError(error).message);
      throw error;
    }
    logger.info('The network answers', { url: client.url, network: this.#info.name });
    this.#connection = 'online';
    this.#message = undefined;
    this.#offlineSince = null;
    this.#parts.changed();
  }

  /** The first key that was met is the network's for good: another one is not the same network. */
  #recognise(info: NetworkInfo): void {
    const { store, problems, clock, client } = this.#parts;
    const refuse = (code: string, message: string): never => {
      problems.raise(code, message, clock.now());
      throw new LullError('forbidden', message);
    };
    if (info.api !== API_VERSION) {
      const older = info.api < API_VERSION ? 'the network' : 'Lull on this computer';
      refuse(
        'api_version',
        `The network at ${client.url} speaks version ${info.api} and this computer version ${API_VERSION}: update ${older}.`,
      );
    }
    problems.clear('api_version');
    const known = store.networkKey();
    if (known === undefined) store.setNetworkKey(info.publicKey);
    else if (known !== info.publicKey) {
      refuse(
        'network_changed',
        `The network at ${client.url} is not the one that this computer joined: its key has changed, so nothing is ` +
          'sent to it. Ask its operator; if it was set up anew, join it from another data folder with --data.',
      );
    }
    problems.clear('network_changed');
  }

  #lost(message: string): void {
    const { clock, logger, client } = this.#parts;
    this.#met = false;
    if (this.#connection !== 'offline')
      logger.warn('The network does not answer', { url: client.url, message });
    this.#connection = 'offline';
    this.#message = message;
    this.#offlineSince ??= clock.now();
    this.#parts.changed();
  }
}
