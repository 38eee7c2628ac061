// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';

import { type Clock, sleep } from '../../protocol/clock.ts';
import {
  type Route,
  type RouteInput,
  type RouteName,
  type RouteOutput,
  ROUTES,
} from '../../protocol/coordinator-api.ts';
import { type ErrorCode, LullError, parseAt, wireErrorSchema } from '../../protocol/errors.ts';
import { LIMITS_MAX } from '../../protocol/job.ts';
import type { Logger } from '../../protocol/logger.ts';
import { AUTH_HEADER, signHashedRequest, signRequest } from '../../protocol/request-auth.ts';
import type { SigningKey } from '../../protocol/signatures.ts';
import type { CoordinatorClient, Traffic } from '../ports.ts';
import { HttpExchange } from './http-exchange.ts';

const ANSWER_MS = 30_000;
/** An upload may be this slow, bytes per ms. */
const SLOWEST_UPLOAD = 32;
const JSON_MAX_BYTES = 64 * 1024 * 1024;
/** Reads that fail on the way are asked again after these. */
const RETRY_MS = [250, 1000];
const PASSING: ReadonlySet<ErrorCode> = new Set(['unreachable', 'shutting_down']);
/** A difference that is worth a line in the log. */
const NOTABLE_SKEW_MS = 5000;

export interface CoordinatorClientOptions {
  /** `http://host:port`, or `https://host/prefix` where a proxy takes the prefix off */
  readonly url: string;
  readonly deviceKey?: SigningKey | undefined;
  readonly accountKey?: SigningKey | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** counts and slows down what goes over the network; none: it stays on this computer, or is not the agent's */
  readonly traffic?: Traffic | undefined;
}

/** The parts that a request may have, whatever its route. */
interface Parts {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** @throws {LullError} `invalid_request` when the URL is not one of a coordinator */
export const httpCoordinatorClient = (options: CoordinatorClientOptions): CoordinatorClient =>
  new HttpCoordinatorClient(options);

class HttpCoordinatorClient implements CoordinatorClient {
  readonly url: string;
  readonly #options: CoordinatorClientOptions;
  readonly #exchange: HttpExchange;
  /** the coordinator's time less ours, ms */
  #offsetMs = 0;

  constructor(options: CoordinatorClientOptions) {
    this.url = baseOf(options.url);
    this.#options = options;
    this.#exchange = new HttpExchange(options.clock, options.traffic);
  }

  async call<N extends RouteName>(
    name: N,
    input: RouteInput<N>,
    signal?: AbortSignal,
  ): Promise<RouteOutput<N>> {
    const route: Route = ROUTES[name];
    let corrected = false;
    for (let failures = 0; ;) {
      try {
        return (await this.#once(name, route, input as Parts, signal)) as RouteOutput<N>;
      } catch (error) {
        if (!(error instanceof LullError)) throw error;
        if (error.code === 'clock_skew' && !corrected) {
          corrected = true;
          this.#learn(error.details['serverTime']);
          continue;
        }
        const wait = RETRY_MS[failures++];
        if (!PASSING.has(error.code) || route.method !== 'GET' || wait === undefined) throw error;
        await sleep(this.#options.clock, wait, signal);
        signal?.throwIfAborted();
      }
    }
  }

  async #once(
    name: RouteName,
    route: Route,
    parts: Parts,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const path = pathOf(route, parts);
    const body = bodyOf(route, parts);
    const answer = await this.#exchange.ask(
      {
        method: route.method,
        url: new URL(this.url + path),
        headers: this.#headers(name, route, path, body, parts),
        body,
        answerMs: ANSWER_MS + heldMs(name, parts) + (body?.length ?? 0) / SLOWEST_UPLOAD,
        // What is small must come in time, whatever else is on its way.
        paced: route.response === 'bytes' || route.body === 'bytes',
        maxBytes: route.response === 'bytes' ? LIMITS_MAX.outputBytes : JSON_MAX_BYTES,
      },
      signal,
    );
    if (answer.status !== 200) throw this.#failureOf(answer.status, answer.bytes);
    if (route.response === 'bytes') return answer.bytes;
    const value: unknown = parseAt(
      route.response,
      jsonOf(answer.bytes),
      `What ${this.url} answers to "${name}", which may run another version of Lull,`,
      'unreachable',
    );
    if (typeof value === 'object' && value !== null && 'serverTime' in value) this.#learn(value.serverTime);
    return value;
  }

  #headers(
    name: RouteName,
    route: Route,
    path: string,
    body: Uint8Array | undefined,
    parts: Parts,
  ): Record<string, string> {
    const type = route.body === 'bytes' ? 'application/octet-stream' : 'application/json';
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': type };
    const key = this.#keyFor(name, route);
    if (key === undefined) return headers;
    const head = {
      method: route.method,
      path,
      at: Math.max(0, Math.round(this.#options.clock.now() + this.#offsetMs)),
      nonce: randomBytes(12).toString('base64url'),
    };
    // A blob is signed by the hash it is sent under: the coordinator checks the bytes against that.
    const auth =
      name === 'putBlob'
        ? signHashedRequest(key, { ...head, bodyHash: String(parts.params?.['hash']) })
        : signRequest(key, { ...head, body: body ?? new Uint8Array() });
    return { ...headers, [AUTH_HEADER]: auth };
  }

  #keyFor(name: RouteName, { signer }: Route): SigningKey | undefined {
    if (signer === 'none') return undefined;
    const { deviceKey, accountKey } = this.#options;
    const key = { device: deviceKey, account: accountKey, either: deviceKey ?? accountKey }[signer];
    if (key !== undefined) return key;
    throw new LullError(
      'bad_signature',
      `"${name}" has to be signed by a key of this ${signer}, and there is none.`,
    );
  }

  #failureOf(status: number, bytes: Uint8Array): LullError {
    const wire = wireErrorSchema.safeParse(jsonOf(bytes));
    if (wire.success) return LullError.fromWire(wire.data);
    return new LullError(
      'unreachable',
      `What answers at ${this.url} (with HTTP status ${status}) is not a Lull coordinator, or one that is starting: check the address.`,
      { details: { status } },
    );
  }

  #learn(serverTime: unknown): void {
    if (typeof serverTime !== 'number') return;
    const offsetMs = serverTime - this.#options.clock.now();
    if (Math.abs(offsetMs - this.#offsetMs) > NOTABLE_SKEW_MS) {
      this.#options.logger.info(
        "This computer's clock is not the coordinator's; requests are signed with its time.",
        {
          offsetMs,
        },
      );
    }
    this.#offsetMs = offsetMs;
  }
}

function baseOf(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) {
    return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  }
  throw new LullError(
    'invalid_request',
    `"${text}" is not the address of a network: write it like https://lull.example.org or http://127.0.0.1:7117.`,
  );
}

/** Path with query, exactly as it is sent. */
function pathOf(route: Route, { params = {}, query = {} }: Parts): string {
  const path = route.path.replaceAll(/:([a-z]+)/gi, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return search === '' ? path : `${path}?${search}`;
}

function bodyOf(route: Route, { body }: Parts): Uint8Array | undefined {
  if (route.body === undefined) return undefined;
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

/** How long the coordinator may hold a poll until it answers. */
function heldMs(name: RouteName, { body }: Parts): number {
  return name === 'poll' ? (body as RouteInput<'poll'>['body']).waitMs : 0;
}

/** @returns undefined for what is not JSON: no schema takes that */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    // A proxy's page, or half an answer: the caller says what was expected instead.
    return undefined;
  }
}
