// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';

import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';

import { toError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import { failureAnswer, notFound, shuttingDown } from './failures.ts';
import { listenFailure } from './listen-failure.ts';
import { OpenRequests } from './open-requests.ts';
import { JSON_BODY_BYTES, registerRoutes, type Served } from './routes.ts';

/** The largest blob at 0.3 MB/s. */
const REQUEST_TIMEOUT_MS = 15 * 60_000;
/** Held polls end at once; this is for downloads that are under way. */
const CLOSE_GRACE_MS = 1000;
const SWEEP_MS = 50;

export interface HttpServerParts extends Served {
  readonly logger: Logger;
}

export interface HttpServer {
  /** @throws {LullError} `port_in_use`, `invalid_request` when that address cannot be listened on */
  listen(address: { host: string; port: number }): Promise<{ url: string }>;
  /** Ends held polls, lets answers under way finish, closes. May be called twice. */
  close(): Promise<void>;
  /** For tests: requests without a socket. */
  readonly app: FastifyInstance;
}

/** The coordinator's doors, as ROUTES describes them, and their description at /openapi.json. */
export function createHttpServer(parts: HttpServerParts): HttpServer {
  const logger = parts.logger.scope({ part: 'http' });
  const requests = new OpenRequests();

  const refuse = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = failureAnswer(thrown, request.id, requests.ending || reply.raw.destroyed);
    if (answer.unexpected) {
      const { method, url: path } = request;
      logger.error('A request failed.', { request: request.id, method, path, error: toError(thrown).stack });
    }
    reply
      .code(answer.status)
      .header('cache-control', 'no-store')
      .type('application/json')
      .send(JSON.stringify(answer.body));
  };

  const options: FastifyServerOptions = {
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    bodyLimit: JSON_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Zod validates, JSON.stringify writes: naming compilers here keeps Ajv, 13 MB, out of the process.
    schemaController: {
      compilersFactory: { buildValidator: notCalled, buildSerializer: notCalled },
    },
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
    // The onRequest hook says it in our words.
    return503OnClosing: false,
  };
  const app: FastifyInstance = fastify(options);
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    refuse(notFound(request.method, request.url.split('?')[0] ?? ''), request, reply),
  );
  app.addHook('onRequest', async () => {
    if (requests.ending) throw shuttingDown();
  });
  app.addHook('onSend', async (request, reply) => {
    reply.header('lull-request', request.id);
    if (requests.ending) reply.header('connection', 'close');
  });
  app.get('/openapi.json', async (_request, reply) => {
    const { openApiText } = await import('./openapi.ts');
    return reply.type('application/json').send(openApiText());
  });
  registerRoutes(app, parts, requests);

  const close = async (): Promise<void> => {
    requests.endAll();
    let leftMs = CLOSE_GRACE_MS;
    let cancel = (): void => undefined;
    // A connection that falls idle after the server began to close is nobody's to end but ours.
    const sweep = (): void => {
      leftMs -= SWEEP_MS;
      if (leftMs > 0) app.server.closeIdleConnections();
      else app.server.closeAllConnections();
      cancel = parts.clock.after(SWEEP_MS, sweep);
    };
    cancel = parts.clock.after(SWEEP_MS, sweep);
    await app.close();
    cancel();
  };
  let closing: Promise<void> | undefined;
  return {
    app,
    async listen({ host, port }) {
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw listenFailure(error, host, port);
      }
      return { url: urlOf(host, (app.server.address() as AddressInfo).port) };
    },
    close: () => (closing ??= close()),
  };
}

/** Stands where fastify would load a compiler for schemas that our routes do not have. */
const notCalled = (): never => {
  throw new TypeError('no route here has a schema for fastify');
};

/** Where a program on this computer reaches it. */
function urlOf(host: string, port: number): string {
  const everywhere: Partial<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const name = everywhere[host] ?? host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
