// SPDX-License-Identifier: MIT
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, resolve } from 'node:path';

import {
  type BridgeMessage,
  controlCallSchema,
  HOST_CALLS,
  type HostCallName,
  type HostCallResponse,
} from '../../protocol/bridge.ts';
import { LullError, parseAt, toError, toWireError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { Startable } from '../../protocol/startable.ts';
import { readLines } from './control-socket-lines.ts';
import { controlSocketPath, ensurePrivateFolder } from './control-socket-path.ts';

const LONGEST_CALL = 65_536;

/** What a host answers besides the intents. */
export type HostCalls = {
  readonly [N in HostCallName]: () => HostCallResponse<N> | Promise<HostCallResponse<N>>;
};

export interface ControlSocketOptions {
  readonly dataDir: string;
  /** parses and runs an intent, as `Agent.handle` does */
  readonly handle: (name: string, request: unknown) => Promise<unknown>;
  readonly host: HostCalls;
  readonly logger: Logger;
}

const isHostCall = (name: string): name is HostCallName => Object.hasOwn(HOST_CALLS, name);

/**
 * The door for the owner's own programs: JSON lines on a socket that only this user may open. Start it only
 * while holding the data folder's lock: it takes the place of a socket that a dead agent left behind.
 */
export class ControlSocket implements Startable {
  readonly #options: ControlSocketOptions;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: ControlSocketOptions) {
    this.#options = options;
    this.#path = controlSocketPath(options.dataDir);
  }

  get path(): string {
    return this.#path;
  }

  async start(): Promise<void> {
    const isPipe = process.platform === 'win32';
    if (!isPipe) {
      if (dirname(this.#path) !== resolve(this.#options.dataDir)) ensurePrivateFolder(dirname(this.#path));
      rmSync(this.#path, { force: true });
    }
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      // The file is made inside listen(): it must never exist with wider permissions, not even for a moment.
      const umask = isPipe ? undefined : process.umask(0o177);
      server.listen(this.#path, done);
      if (umask !== undefined) process.umask(umask);
    });
    server.on('error', (error) =>
      this.#options.logger.error('The control socket failed.', { error: error.message }),
    );
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((done) => server.close(() => done()));
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) =>
      this.#options.logger.debug('A control connection broke.', { error: error.message }),
    );
    readLines(socket, LONGEST_CALL, (line) => {
      this.#answer(line).then(
        (message) => socket.writable && socket.write(`${JSON.stringify(message)}\n`),
        (error: unknown) =>
          this.#options.logger.error('A control call failed.', { error: toError(error).message }),
      );
    });
  }

  async #answer(line: string): Promise<BridgeMessage> {
    let id = 0;
    try {
      const call = parseAt(controlCallSchema, fromJson(line), 'The control call');
      id = call.id;
      return { type: 'answer', id, value: (await this.#run(call.name, call.request)) ?? {} };
    } catch (error) {
      if (!(error instanceof LullError)) {
        this.#options.logger.error('A control call failed.', { error: toError(error).message });
      }
      return { type: 'error', id, error: toWireError(error) };
    }
  }

  async #run(name: string, request: unknown): Promise<unknown> {
    if (!isHostCall(name)) return this.#options.handle(name, request);
    parseAt(HOST_CALLS[name].request, request, `The request of ${name}`);
    return this.#options.host[name]();
  }
}

function fromJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new LullError('invalid_request', 'The control call is not JSON.', { cause });
  }
}
