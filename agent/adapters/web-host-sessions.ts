// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';

import { sha256 } from '../../protocol/hashes.ts';

/** The most that are remembered; the oldest goes first. */
const TOKENS = 32;
const SESSIONS = 64;

const secret = (): string => randomBytes(32).toString('base64url');

/** Secrets kept as hashes, so that finding one takes no longer for a good guess. */
class Secrets {
  readonly #hashes = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  make(): string {
    const value = secret();
    this.#hashes.add(hashOf(value));
    const [oldest] = this.#hashes;
    if (this.#hashes.size > this.#most && oldest !== undefined) this.#hashes.delete(oldest);
    return value;
  }

  has(value: string): boolean {
    return this.#hashes.has(hashOf(value));
  }

  use(value: string): boolean {
    return this.#hashes.delete(hashOf(value));
  }
}

const hashOf = (value: string): string => sha256(Buffer.from(value)).toString('hex');

/** Who may use the page: whoever was given an address with a token, once; from then on, their browser. */
export class WebSessions {
  readonly #tokens = new Secrets(TOKENS);
  readonly #sessions = new Secrets(SESSIONS);
  readonly #cookie: string;

  /** @param port browsers share cookies between the ports of a host, so each port has a name of its own */
  constructor(port: number) {
    this.#cookie = `lull-${port}`;
  }

  newToken(): string {
    return this.#tokens.make();
  }

  /** @returns the `set-cookie` header of a new session, or undefined when the token is used up or was never given */
  redeem(token: string): string | undefined {
    if (!this.#tokens.use(token)) return undefined;
    return `${this.#cookie}=${this.#sessions.make()}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** @param header the request's `cookie` header */
  isOpen(header: string | undefined): boolean {
    const prefix = `${this.#cookie}=`;
    const cookies = (header ?? '').split(';').map((cookie) => cookie.trim());
    return cookies.some(
      (cookie) => cookie.startsWith(prefix) && this.#sessions.has(cookie.slice(prefix.length)),
    );
  }
}
