// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import type { Clock } from '../../protocol/clock.ts';
import { LullError, toError } from '../../protocol/errors.ts';
import type { Traffic } from '../ports.ts';

// `fetch` costs a process 30 MB and `import` of node:http 14 MB (it loads undici for its WebSocket export): a
// program that has to be small all day asks for the modules alone.
const http = process.getBuiltinModule('node:http');

interface HttpQuestion {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array | undefined;
  /** until the answer begins */
  readonly answerMs: number;
  /** the most bytes that are taken in */
  readonly maxBytes: number;
  /** It may be large, and takes no more of the connection than it may. */
  readonly paced: boolean;
}

interface HttpAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** An answer that has begun may pause this long, ms. */
const SILENCE_MS = 30_000;
/** A body that is paced is sent in such pieces, bytes. */
const PIECE_BYTES = 65_536;

/** One HTTP client: its connections are kept, and do not keep the process alive. */
export class HttpExchange {
  readonly #clock: Clock;
  readonly #http = new http.Agent({ keepAlive: true });
  readonly #traffic: Traffic | undefined;
  #https: InstanceType<typeof http.Agent> | undefined;

  /** @param traffic hears of the bytes and says when more may follow; none: they stay on this computer */
  constructor(clock: Clock, traffic?: Traffic) {
    this.#clock = clock;
    this.#traffic = traffic;
  }

  /**
   * Asks once.
   * @throws {LullError} `unreachable`; or the signal's reason when it aborts
   */
  ask(question: HttpQuestion, signal?: AbortSignal): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(toError(signal.reason));
      const where = question.url.origin;
      const request = this.#request(question);
      const ended = new AbortController();
      const count = this.#counter(request);
      let cancel = (): void => undefined;
      const settle = (finish: () => void): void => {
        cancel();
        signal?.removeEventListener('abort', abort);
        ended.abort();
        count();
        finish();
      };
      const fail = (error: Error): void =>
        settle(() => {
          reject(error);
          request.destroy();
        });
      const abort = (): void => fail(toError(signal?.reason));
      const within = (ms: number): void => {
        cancel();
        cancel = ended.signal.aborted ? cancel : this.#clock.after(ms, () => fail(silent(where, ms)));
      };
      // While it waits for its own turn, nobody else is silent.
      const pace = async (bytes: number): Promise<void> => {
        cancel();
        await this.#traffic?.paced(bytes, ended.signal);
        count();
      };
      signal?.addEventListener('abort', abort, { once: true });
      request.on('error', (error) => fail(unreachable(where, error)));
      request.on('response', (response) => {
        within(SILENCE_MS);
        const arrived = async (bytes: number): Promise<void> => {
          if (question.paced) await pace(bytes);
          within(SILENCE_MS);
        };
        collect(response, question.maxBytes, arrived).then(
          (bytes) => settle(() => resolve({ status: response.statusCode ?? 0, bytes })),
          (error: unknown) => fail(unreachable(where, toError(error))),
        );
      });
      within(question.answerMs);
      const { body } = question;
      if (body === undefined || !question.paced || this.#traffic === undefined) request.end(body);
      else {
        send(request, body, async (bytes) => {
          await pace(bytes);
          within(question.answerMs);
        }).catch((error: unknown) => fail(unreachable(where, toError(error))));
      }
    });
  }

  /** @returns tells of what its connection has carried since it was called last, or since the request began */
  #counter(request: ClientRequest): () => void {
    const traffic = this.#traffic;
    if (traffic === undefined) return () => undefined;
    let socket: Socket | undefined;
    let sent = 0;
    let received = 0;
    request.once('socket', (its) => {
      // A connection that is kept has carried other requests before; one that is new begins at 0.
      socket = its;
      if (!its.connecting) {
        sent = its.bytesWritten;
        received = its.bytesRead;
      }
    });
    return () => {
      if (socket === undefined) return;
      const now = { sent: socket.bytesWritten, received: socket.bytesRead };
      const more = { sent: now.sent - sent, received: now.received - received };
      ({ sent, received } = now);
      if (more.sent > 0 || more.received > 0) traffic.counted(more);
    };
  }

  #request({ method, url, headers, body }: HttpQuestion): ClientRequest {
    const length = body === undefined ? {} : { 'content-length': body.length };
    const options = { method, headers: { ...headers, ...length } };
    if (url.protocol === 'http:') return http.request(url, { ...options, agent: this.#http });
    const https = process.getBuiltinModule('node:https');
    this.#https ??= new https.Agent({ keepAlive: true });
    return https.request(url, { ...options, agent: this.#https as InstanceType<typeof https.Agent> });
  }
}

async function collect(
  response: IncomingMessage,
  maxBytes: number,
  arrived: (bytes: number) => Promise<void>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`its answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
    await arrived(chunk.length);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Sends a body in pieces, each when it may. */
async function send(
  request: ClientRequest,
  body: Uint8Array,
  mayFollow: (bytes: number) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < body.length && !request.destroyed; at += PIECE_BYTES) {
    const piece = body.subarray(at, at + PIECE_BYTES);
    await mayFollow(piece.length);
    if (!request.write(piece) && !request.destroyed) await once(request, 'drain');
  }
  request.end();
}

const silent = (where: string, ms: number): LullError =>
  new LullError(
    'unreachable',
    `${where} did not answer within ${Math.round(ms / 1000)} s: check that it runs and that this computer is online.`,
  );

function unreachable(where: string, cause: Error): LullError {
  const code = 'code' in cause ? String(cause.code) : '';
  const reasons: Partial<Record<string, string>> = {
    ECONNREFUSED: `Nobody listens at ${where}: check that the coordinator runs and that the address is right.`,
    ENOTFOUND: `Nobody knows the name in ${where}: check the address and that this computer is online.`,
    EAI_AGAIN: `The name in ${where} cannot be looked up now: check that this computer is online.`,
  };
  const reason =
    reasons[code] ??
    `${where} cannot be reached (${cause.message}): check the address and that this computer is online.`;
  return new LullError('unreachable', reason, { details: code === '' ? {} : { cause: code }, cause });
}
