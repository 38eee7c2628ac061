// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Conf from 'conf';
import fastify from 'fastify';
import { WebSocket, WebSocketServer } from 'ws';

/*
 * Uses conf, fastify and ws as the product does, for the test of what its bundle carries and when it loads what.
 * Prints one line of JSON.
 */

const late = (): string[] => {
  const { moduleLoadList } = process as unknown as { moduleLoadList: string[] };
  return ['http2', 'https', 'tls', 'zlib'].filter((name) => moduleLoadList.includes(`NativeModule ${name}`));
};
// `fetch`, and `import` of node:http, would load everything that is looked for here.
const { get } = process.getBuiltinModule('node:http');
const text = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => resolve(text));
    }).once('error', reject);
  });
const notCalled = (): never => {
  throw new TypeError('no route here has a schema');
};

const folder = mkdtempSync(join(tmpdir(), 'lull-lean-'));
const app = fastify({
  schemaController: { compilersFactory: { buildValidator: notCalled, buildSerializer: notCalled } },
});
try {
  const settings = new Conf({ cwd: folder });
  settings.set('sign', '…');

  app.get('/', () => settings.get('sign'));
  await app.listen({ host: '127.0.0.1', port: 0 });
  new WebSocketServer({ server: app.server });
  const { port } = app.server.address() as { port: number };
  const sign = await text(`http://127.0.0.1:${port}/`);
  const before = late();

  // A page that speaks TLS to a server that does not: it is refused, by TLS.
  const page = new WebSocket(`wss://127.0.0.1:${port}/`);
  const refusal = await new Promise<Error>((resolve) => page.once('error', resolve));
  process.stdout.write(
    `${JSON.stringify({ sign, before, after: late(), refusal: (refusal as NodeJS.ErrnoException).code })}\n`,
  );
} finally {
  await app.close();
  rmSync(folder, { recursive: true });
}
