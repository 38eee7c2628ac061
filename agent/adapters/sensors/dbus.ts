// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';

import type { Message, MessageBus } from 'dbus-native';

import type { Clock } from '../../../protocol/clock.ts';
import { toError } from '../../../protocol/errors.ts';
import type { Logger } from '../../../protocol/logger.ts';

/** How long to leave a bus alone that did not answer, ms. */
const AGAIN_MS = 30_000;
/** How long one answer may take, ms. */
const ANSWER_MS = 5000;
const SIGNAL = 4;

export interface Call {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** Asks a service something. @throws what it, or the bus, answers instead */
export type Ask = (call: Call) => Promise<unknown>;

/** A signal that a service has sent. */
export interface Told {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** A program on a bus that is watched while it is there. It is never started for this. */
export interface WatchedService {
  /** its well-known name */
  readonly name: string;
  /** which of its signals are wanted, as the rest of a match rule: `path='/a',member='B'` */
  readonly signals: readonly string[];
  /** It is there: time to ask what has not been told yet. */
  appeared(ask: Ask): Promise<void>;
  /** It is gone: nothing it said is true any more. */
  vanished(): void;
  told(signal: Told): void;
}

interface BusParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** for people */
  readonly name: string;
  /** undefined: there is none */
  readonly address: () => string | undefined;
  readonly services: readonly WatchedService[];
  readonly changed: () => void;
}

/** The path of a bus's socket when it is one; only those of this computer are joined. */
const socketOf = (address: string): string | undefined => /^unix:.*?path=([^,;]+)/.exec(address)?.[1];

/** Where the bus of the system is. */
export const systemBusAddress = (env: NodeJS.ProcessEnv, root: string): string =>
  env['DBUS_SYSTEM_BUS_ADDRESS'] ?? `unix:path=${root}/run/dbus/system_bus_socket`;

/** Where the bus of this person's session is, also for a program that was started outside of it. */
export const sessionBusAddress = (
  env: NodeJS.ProcessEnv,
  root: string,
  uid: number | undefined,
): string | undefined => {
  if ((env['DBUS_SESSION_BUS_ADDRESS'] ?? '') !== '') return env['DBUS_SESSION_BUS_ADDRESS'];
  return uid === undefined
    ? undefined
    : `unix:path=${env['XDG_RUNTIME_DIR'] ?? `${root}/run/user/${uid}`}/bus`;
};

/**
 * A D-Bus bus and the services on it that tell something. It is joined when it is there, and again on a later `look()`
 * after it was lost; a bus that is not there is said once. Only signals wake this program.
 */
export class Bus {
  readonly #parts: BusParts;
  #bus: MessageBus | undefined;
  #joined = false;
  /** by the unique names that their signals come from */
  readonly #owners = new Map<string, WatchedService[]>();
  #triedAt = -Infinity;
  #said = false;
  #running = false;

  constructor(parts: BusParts) {
    this.#parts = parts;
  }

  /** Every service that is there has been asked: one that has said nothing is not there. */
  get joined(): boolean {
    return this.#joined;
  }

  start(): void {
    this.#running = true;
    this.look();
  }

  stop(): void {
    this.#running = false;
    this.#triedAt = -Infinity;
    this.#lose(this.#bus);
  }

  /** To be called often: joins again when it is time to. */
  look(): void {
    const now = this.#parts.clock.monotonic();
    if (!this.#running || this.#bus !== undefined || now - this.#triedAt < AGAIN_MS) return;
    this.#triedAt = now;
    this.#join().catch((error: unknown) => {
      this.#lose(this.#bus);
      this.#say(toError(error));
    });
  }

  async #join(): Promise<void> {
    const { address, services, changed } = this.#parts;
    const busAddress = address();
    const socket = busAddress === undefined ? undefined : socketOf(busAddress);
    // The library takes memory: it is loaded where there is a bus only.
    if (busAddress === undefined || socket === undefined || !existsSync(socket)) return;
    const { createClient } = await import('dbus-native');
    if (!this.#running || this.#bus !== undefined) return;
    // `direct`: it would throw where nobody can catch it when its own Hello is not answered.
    const options = { busAddress, direct: true, authMethods: ['EXTERNAL'], timeout: ANSWER_MS };
    const bus = createClient({ ...options, returnBigInt: false });
    this.#bus = bus;
    bus.connection.on('error', (error) => {
      this.#lose(bus);
      this.#say(error);
    });
    bus.connection.on('close', () => this.#lose(bus));
    bus.connection.on('handlerError', (error) => this.#say(error));
    bus.connection.on('message', (message) => {
      if (this.#bus === bus && message.type === SIGNAL) this.#hear(bus, message);
    });
    await bus.invokeDbus({ member: 'Hello' });
    await Promise.all(services.map((service) => this.#watch(bus, service)));
    if (this.#bus !== bus) return;
    this.#joined = true;
    this.#said = false;
    changed();
  }

  async #watch(bus: MessageBus, service: WatchedService): Promise<void> {
    const { name, signals } = service;
    await bus.addMatch(
      `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${name}'`,
    );
    for (const signal of signals) await bus.addMatch(`type='signal',sender='${name}',${signal}`);
    if (await bus.nameHasOwner(name)) await this.#greet(bus, service, await bus.getNameOwner(name));
  }

  async #greet(bus: MessageBus, service: WatchedService, owner: string): Promise<void> {
    if (this.#bus !== bus) return;
    const others = (this.#owners.get(owner) ?? []).filter((watched) => watched !== service);
    this.#owners.set(owner, [...others, service]);
    try {
      await service.appeared(async (call) =>
        bus.invoke({ destination: service.name, ...call, body: [...(call.body ?? [])] }),
      );
    } catch (error) {
      // One that cannot answer tells nothing; the others on the bus do.
      service.vanished();
      this.#parts.logger.debug('A service on the bus tells nothing', {
        service: service.name,
        error: toError(error).message,
      });
    }
  }

  #hear(bus: MessageBus, message: Message): void {
    const { sender = '', path = '', member = '', body = [] } = message;
    const from = message.interface ?? '';
    if (sender === 'org.freedesktop.DBus') {
      if (member === 'NameOwnerChanged') this.#ownerChanged(bus, body);
      return;
    }
    for (const service of this.#owners.get(sender) ?? [])
      service.told({ path, interface: from, member, body });
  }

  #ownerChanged(bus: MessageBus, [name, before, after]: readonly unknown[]): void {
    if (typeof before !== 'string' || typeof after !== 'string') return;
    for (const service of this.#parts.services.filter((watched) => watched.name === name)) {
      const rest = (this.#owners.get(before) ?? []).filter((watched) => watched !== service);
      if (rest.length === 0) this.#owners.delete(before);
      else this.#owners.set(before, rest);
      service.vanished();
      if (after === '') continue;
      this.#greet(bus, service, after)
        .then(() => this.#parts.changed())
        .catch((error: unknown) => this.#say(toError(error)));
    }
    this.#parts.changed();
  }

  #lose(bus: MessageBus | undefined): void {
    if (bus === undefined || this.#bus !== bus) return;
    this.#bus = undefined;
    this.#joined = false;
    this.#owners.clear();
    for (const service of this.#parts.services) service.vanished();
    bus.connection.stream.destroy();
    if (this.#running) this.#parts.changed();
  }

  #say(error: Error): void {
    const { logger, name } = this.#parts;
    if (!this.#said && this.#running) logger.info('A bus tells nothing', { bus: name, error: error.message });
    this.#said = true;
  }
}
