// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

import { WebSocketServer } from 'ws';

import { bridgeCallSchema, type BridgeMessage } from '../../protocol/bridge.ts';
import { toWireError } from '../../protocol/errors.ts';
import type { FakeAgent } from './fake-agent.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

export interface FakeHost {
  url(): string;
  stop(): Promise<void>;
  /** how many pages are connected */
  connections(): number;
  /** ends every connection, and accepts none until told so */
  refuse(refused: boolean): Promise<void>;
  /** says anything to every page */
  sendRaw(text: string): void;
}

export async function startFakeHost(agent: FakeAgent, rendererDir: string): Promise<FakeHost> {
  let refused = false;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = path === '/' ? 'index.html' : path;
    readFile(join(rendererDir, file)).then(
      (body) => {
        const type = TYPES[extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP }).end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  const sockets = new WebSocketServer({ server, path: '/bridge', verifyClient: () => !refused });
  sockets.on('connection', (socket) => {
    const say = (message: BridgeMessage): void => socket.send(JSON.stringify(message));
    socket.on(
      'close',
      agent.subscribe((snapshot) => say({ type: 'snapshot', snapshot })),
    );
    socket.on('message', (data: Buffer) => {
      const call = bridgeCallSchema.parse(JSON.parse(data.toString()));
      agent.handle(call.name, call.request).then(
        (value) => say({ type: 'answer', id: call.id, value }),
        (error: unknown) => say({ type: 'error', id: call.id, error: toWireError(error) }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets.clients) socket.terminate();
  };
  return {
    url: () => `http://127.0.0.1:${port}/`,
    connections: () => sockets.clients.size,
    refuse: async (value) => {
      refused = value;
      if (value) cut();
      await Promise.resolve();
    },
    sendRaw: (text) => {
      for (const socket of sockets.clients) socket.send(text);
    },
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
