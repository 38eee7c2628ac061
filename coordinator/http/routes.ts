// SPDX-License-Identifier: MIT
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Clock } from '../../protocol/clock.ts';
import {
  type NetworkInfo,
  type Route,
  type RouteName,
  type RouteRequest,
  ROUTES,
} from '../../protocol/coordinator-api.ts';
import { LullError, parseAt } from '../../protocol/errors.ts';
import { sha256 } from '../../protocol/hashes.ts';
import { AUTH_HEADER } from '../../protocol/request-auth.ts';
import type { BlobStore } from '../blobs.ts';
import type { CoordinatorHandlers } from '../coordinator.ts';
import { type NonceCheck, readAuth, verifyAuth } from './authenticate.ts';
import { hashOf, receiveBlob, sendBlob } from './blob-routes.ts';
import { notFound } from './failures.ts';
import type { OpenRequests } from './open-requests.ts';

export const JSON_BODY_BYTES = 1024 * 1024;
/** A job of 100 000 tasks, each with its input's hash, is some 12 MB of JSON. */
const JOB_BODY_BYTES = 24 * 1024 * 1024;

export interface Served {
  readonly handlers: CoordinatorHandlers;
  readonly blobs: BlobStore;
  readonly networkInfo: Omit<NetworkInfo, 'serverTime'>;
  /** `ping` throws when the database does not answer */
  readonly database: { readonly kind: 'sqlite' | 'postgres'; ping(): Promise<void> };
  readonly checkNonce: NonceCheck;
  readonly clock: Clock;
}

/** Any handler, once its own request has been parsed by its own route's schemas. */
type AnyHandler = (request: RouteRequest<RouteName>, signal: AbortSignal) => Promise<unknown>;

const EMPTY = Buffer.alloc(0);

/** Registers every route of ROUTES: who may call it, what it takes, and who answers. */
export function registerRoutes(app: FastifyInstance, served: Served, requests: OpenRequests): void {
  const { blobs, clock } = served;
  const theirs = served.handlers as unknown as Record<RouteName, AnyHandler | undefined>;
  const ours: Partial<Record<RouteName, AnyHandler>> = {
    network: () => Promise.resolve({ ...served.networkInfo, serverTime: clock.now() }),
    health: async () => {
      await served.database.ping();
      return { ok: true, database: served.database.kind };
    },
  };

  const signerOf = async (
    route: Route,
    request: FastifyRequest,
    bodyHash: string,
  ): Promise<string | undefined> => {
    const auth = readAuth(route, request.headers[AUTH_HEADER], clock.now());
    if (auth === undefined) return undefined;
    const signed = { method: route.method, path: request.raw.url ?? '', bodyHash };
    return verifyAuth(auth, signed, served.checkNonce);
  };

  const answerJson = async (
    name: RouteName,
    route: Route,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> => {
    const signal = requests.follow(reply.raw);
    const bytes = Buffer.isBuffer(request.body) ? request.body : EMPTY;
    const key = await signerOf(route, request, sha256(bytes).toString('hex'));
    const parsed = {
      params: route.params && parseAt(route.params, request.params, 'The address'),
      query: route.query && parseAt(route.query, request.query, 'The query'),
      body: route.body && route.body !== 'bytes' && parseAt(route.body, jsonOf(bytes), 'The request'),
      key,
    };
    const handler = ours[name] ?? theirs[name];
    if (handler === undefined) throw notFound(route.method, route.path);
    reply.header('cache-control', 'no-store');
    return handler(parsed as RouteRequest<RouteName>, signal);
  };

  const answerPut = async (route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    requests.follow(reply.raw);
    const hash = hashOf(request.params);
    await signerOf(route, request, hash);
    return receiveBlob(blobs, request, hash);
  };

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    // What can be refused without the body is refused before the body is read.
    const onRequest = async (request: FastifyRequest): Promise<void> => {
      readAuth(route, request.headers[AUTH_HEADER], clock.now());
    };
    const options = { method: route.method, url: route.path, onRequest };
    if (route.body === 'bytes') {
      const handler = (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
        answerPut(route, request, reply);
      // A scope of its own, where the body stays a stream.
      app.register(async (scope) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
        scope.route({ ...options, handler });
      });
    } else if (route.response === 'bytes') {
      app.route({ ...options, handler: (request, reply) => sendBlob(blobs, request, reply) });
    } else {
      const bodyLimit = name === 'submitJob' ? JOB_BODY_BYTES : JSON_BODY_BYTES;
      const handler = (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
        answerJson(name, route, request, reply);
      app.route({ ...options, bodyLimit, handler });
    }
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new LullError('invalid_request', 'The body of the request is not JSON.', { cause });
  }
}
