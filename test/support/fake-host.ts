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

export async function startFakeHost(
  agent: FakeAgent,
  rendererDir: string,
  port = 0,
): Promise<{ url: () => string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    readFile(join(rendererDir, path === '/' ? 'index.html' : path)).then(
      (body) =>
        response
          .writeHead(200, {
            'content-type': TYPES[extname(path === '/' ? '.html' : path)] ?? 'text/html',
            'content-security-policy': CSP,
          })
          .end(body),
      () => response.writeHead(404).end(),
    );
  });
  const sockets = new WebSocketServer({ server, path: '/bridge' });
  sockets.on('connection', (socket) => {
    const say = (message: BridgeMessage): void => socket.send(JSON.stringify(message));
    const stop = agent.subscribe((snapshot) => say({ type: 'snapshot', snapshot }));
    socket.on('close', stop);
    socket.on('message', (data: Buffer) => {
      const call = bridgeCallSchema.parse(JSON.parse(data.toString()));
      agent.handle(call.name, call.request).then(
        (value) => say({ type: 'answer', id: call.id, value }),
        (error: unknown) => say({ type: 'error', id: call.id, error: toWireError(error) }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: () => `http://127.0.0.1:${actual}/`,
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
