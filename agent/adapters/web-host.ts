// SPDX-License-Identifier: MIT
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';

import type { Clock } from '../../protocol/clock.ts';
import { LullError, toError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import { WebFiles } from './web-host-files.ts';
import { WebSessions } from './web-host-sessions.ts';
import { serveBridge, type WebAgent } from './web-host-socket.ts';

// Asked for alone: `import` of node:http loads undici too, 14 MB.
const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');

const LOOPBACK = '127.0.0.1';
const BRIDGE_PATH = '/bridge';
const LONGEST_CALL = 64 * 1024;
const MOST_PAGES = 32;
const STOP_MS = 1000;
const GOING_AWAY = 1001;

const SECURITY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const LOCKED_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Lull</title>
<h1>Open Lull from the terminal</h1>
<p>This address works once, and only in the browser that opened it first. <code>npm start</code> (or
<code>lull open</code>) prints a fresh one.</p>
<p>If you have just opened it in this browser: <a href="/">try again</a>.</p>
</html>
`;

interface WebHostOptions extends WebAgent {
  /** folder with the built renderer */
  readonly rendererDir: string;
  /** 0 takes any that is free */
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WebHost {
  /** A fresh address that works once. */
  url(): string;
  /** Says good-bye to every page, and closes. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Serves the window to a browser of this computer: loopback only, one browser per token, nothing but the
 * renderer's own files and its bridge.
 * @throws {LullError} `port_in_use`, `not_found` when the renderer is not built
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const { clock } = options;
  const logger = options.logger.scope({ part: 'web-host' });
  const files = await WebFiles.list(options.rendererDir);
  const server = createServer();
  const port = await listen(server, options.port);
  const sessions = new WebSessions(port);
  const hosts = [`${LOOPBACK}:${port}`, `localhost:${port}`];
  const origins = hosts.map((host) => `http://${host}`);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_CALL, perMessageDeflate: false });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = (status: number, headers: Record<string, string>, body: string | Buffer): void => {
      response.writeHead(status, { ...SECURITY, 'cache-control': 'no-store', ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const refuse = (status: number): void =>
      reply(status, { 'content-type': 'text/plain' }, STATUS_CODES[status] ?? '');
    // A page of another name that was pointed at this computer (DNS rebinding) still says its own name here.
    if (!hosts.includes(request.headers.host ?? '')) return refuse(403);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
    const [path = '', query] = (request.url ?? '').split('?');
    const token = path === '/' ? new URLSearchParams(query).get('token') : null;
    const cookie = token !== null && request.method === 'GET' ? sessions.redeem(token) : undefined;
    if (cookie !== undefined) return reply(303, { location: '/', 'set-cookie': cookie }, '');
    if (!sessions.isOpen(request.headers.cookie)) {
      return reply(401, { 'content-type': 'text/html; charset=utf-8' }, LOCKED_PAGE);
    }
    if (token !== null) return reply(303, { location: '/' }, '');
    const file = await files.read(path);
    if (file === undefined) return refuse(404);
    const caching = file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache';
    reply(
      200,
      { 'content-type': file.type, 'content-length': String(file.bytes.length), 'cache-control': caching },
      file.bytes,
    );
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const status = refusalOf(request);
    socket.on('error', (error) => logger.debug('A page broke its connection.', { error: error.message }));
    if (status !== undefined) {
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (page) => serveBridge(page, options, logger));
  };
  const refusalOf = ({ headers, url }: IncomingMessage): number | undefined => {
    if (!hosts.includes(headers.host ?? '') || !origins.includes(headers.origin ?? '')) return 403;
    if (!sessions.isOpen(headers.cookie)) return 401;
    if (url !== BRIDGE_PATH) return 404;
    return sockets.clients.size < MOST_PAGES ? undefined : 503;
  };

  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      logger.error('A file of the window could not be served.', {
        path: request.url,
        error: toError(error).stack,
      });
      response.writeHead(500, SECURITY).end();
    });
  });
  server.on('upgrade', upgrade);
  server.on('error', (error) => logger.error('The web host failed.', { error: error.message }));

  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const page of sockets.clients) page.close(GOING_AWAY);
    server.closeAllConnections();
    const cancel = clock.after(STOP_MS, () => sockets.clients.forEach((page) => page.terminate()));
    await closed;
    cancel();
  };
  let stopping: Promise<void> | undefined;
  return {
    url: () => `http://${LOOPBACK}:${port}/?token=${sessions.newToken()}`,
    stop: () => (stopping ??= stop()),
  };
}

/** @returns the port */
function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = new LullError(
        'port_in_use',
        `Port ${port} on ${LOOPBACK} is taken by another program: stop that program, or choose another port.`,
        { details: { port }, cause: error },
      );
      reject(error.code === 'EADDRINUSE' ? taken : error);
    });
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}
