// SPDX-License-Identifier: MIT
import type { Display } from 'x11';

import type { Clock } from '../../../protocol/clock.ts';
import { toError } from '../../../protocol/errors.ts';
import type { Logger } from '../../../protocol/logger.ts';

/** How long to leave a display alone that did not answer, ms. */
const AGAIN_MS = 10_000;

/** Something that is watched on a display while there is a connection. */
export interface X11Watch {
  /** @param changed to be called whenever it says something else */
  begin(display: Display, changed: () => void): Promise<void>;
  /** The connection is gone: nothing is known any more. */
  end(): void;
}

interface X11DisplayParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** a display of this computer, as `:0` */
  readonly name: string;
  readonly watches: readonly X11Watch[];
  readonly changed: () => void;
}

/** Asks the display something. @throws what it answers instead, or nothing ever where the connection is lost */
export const askX11 = <T>(
  send: (reply: (error: Error | null | undefined, value: T) => true) => void,
): Promise<T> =>
  new Promise((resolve, reject) =>
    send((error, value) => {
      if (error) reject(error);
      else resolve(value);
      return true;
    }),
  );

/** The X11 display that DISPLAY names, where it is one of this computer and not the far end of `ssh -X`. */
export function localDisplay(env: NodeJS.ProcessEnv): string | undefined {
  const found = /^(?:unix)?(:\d+)(?:\.\d+)?$/.exec(env['DISPLAY'] ?? '');
  return found?.[1];
}

/**
 * A connection to an X11 display, made again on a later `look()` when it is lost. Behind Xwayland it stays silent:
 * that one sees only what is typed into X11 programs.
 */
export class X11Display {
  readonly #parts: X11DisplayParts;
  #client: Display['client'] | undefined;
  #triedAt = -Infinity;
  #said = false;
  #running = false;

  constructor(parts: X11DisplayParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#lose(this.#client);
  }

  /** To be called often: connects again when it is time to. */
  look(): void {
    const due = this.#parts.clock.monotonic() - this.#triedAt >= AGAIN_MS;
    if (this.#running && this.#client === undefined && due) this.#connect();
  }

  #connect(): void {
    this.#triedAt = this.#parts.clock.monotonic();
    this.#begin().catch((error: unknown) => {
      this.#lose(this.#client);
      const { logger, name } = this.#parts;
      if (!this.#said && this.#running)
        logger.info('This X11 display tells nothing', { display: name, error: toError(error).message });
      this.#said = true;
    });
  }

  async #begin(): Promise<void> {
    const { name, watches, changed } = this.#parts;
    const display = await this.#open(name);
    if (await isXwayland(display)) throw new Error('It is Xwayland, which does not see all input.');
    if (this.#client !== display.client) return;
    await Promise.all(watches.map((watch) => watch.begin(display, changed)));
    this.#said = false;
    changed();
  }

  async #open(name: string): Promise<Display> {
    const { createClient } = await import('x11');
    return new Promise((resolve, reject) => {
      if (!this.#running) return reject(new Error('The sensors were stopped.'));
      const client = createClient(
        { display: name, shm: false, disableBigRequests: true },
        (error, display) => {
          if (error) return reject(error);
          // Names stand for other numbers on every server, and the package would keep those of the last one.
          client.atoms = { ...client.atoms };
          resolve(display);
        },
      );
      this.#client = client;
      client.on('error', (error: Error) => {
        reject(error);
        if (this.#client === client && 'code' in error) this.#lose(client);
      });
      client.on('end', () => this.#lose(client));
    });
  }

  #lose(client: Display['client'] | undefined): void {
    if (client === undefined || this.#client !== client) return;
    this.#client = undefined;
    for (const watch of this.#parts.watches) watch.end();
    try {
      client.terminate();
    } catch {
      // It was never connected.
    }
    if (this.#running) this.#parts.changed();
  }
}

/** By the extension that it has had since 2022; older ones are told by the type of the session. */
async function isXwayland({ client }: Display): Promise<boolean> {
  const { present } = await askX11<{ readonly present: number | boolean }>((reply) =>
    client.QueryExtension('XWAYLAND', reply),
  );
  return Boolean(present);
}
