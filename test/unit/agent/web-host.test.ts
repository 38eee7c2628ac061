// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { startWebHost, type WebHost } from '../../../agent/adapters/web-host.ts';
import type { Snapshot } from '../../../protocol/agent-state.ts';
import { type BridgeMessage, bridgeMessageSchema } from '../../../protocol/bridge.ts';
import { LullError } from '../../../protocol/errors.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { sampleSnapshot } from '../../support/sample-state.ts';
import { TestClock } from '../../support/test-clock.ts';

let rendererDir: string;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'lull-web-'));
  rendererDir = join(dir, 'renderer');
  await mkdir(join(rendererDir, 'assets'), { recursive: true });
  await writeFile(join(dir, 'secret.html'), 'secret');
  await symlink(join(dir, 'secret.html'), join(rendererDir, 'link.html'));
  await writeFile(join(rendererDir, 'index.html'), '<!doctype html><title>Lull</title>');
  await writeFile(join(rendererDir, 'icon.svg'), '<svg/>');
  await writeFile(join(rendererDir, 'notes.md'), 'not a part of the page');
  await writeFile(join(rendererDir, 'assets', 'index-BwCpihbg.js'), 'export {};');
});
afterAll(() => rm(join(rendererDir, '..'), { recursive: true, force: true }));

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Page {
  readonly host: WebHost;
  readonly origin: string;
  /** the cookie of a browser that has opened the address */
  readonly cookie: string;
  readonly publish: (revision: number) => void;
  readonly listeners: () => number;
}

async function openHost(
  handle: (name: string, request: unknown) => Promise<unknown> = async () => undefined,
): Promise<Page> {
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const host = await startWebHost({
    rendererDir,
    handle,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => sampleSnapshot(1),
    port: 0,
    clock: new TestClock(),
    logger: silentLogger,
  });
  ends.push(() => host.stop());
  const opened = await get(host.url());
  return {
    host,
    origin: new URL(host.url()).origin,
    cookie: (opened.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '',
    publish: (revision) => listeners.forEach((listener) => listener(sampleSnapshot(revision))),
    listeners: () => listeners.size,
  };
}

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** As a browser would ask, but with any header, and with the path exactly as written. */
async function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  path?: string,
): Promise<Got> {
  const request = httpRequest(url, {
    method,
    headers,
    agent: false,
    ...(path === undefined ? {} : { path }),
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** A page's socket with everything it heard; `refused` is the HTTP status where it was not let in. */
async function connect(page: Page, headers: Record<string, string> = {}, path = '/bridge') {
  const socket = new WebSocket(`${page.origin.replace('http', 'ws')}${path}`, {
    headers: { cookie: page.cookie, origin: page.origin, ...headers },
  });
  ends.push(async () => socket.terminate());
  const heard: BridgeMessage[] = [];
  socket.on('message', (data) =>
    heard.push(bridgeMessageSchema.parse(JSON.parse((data as Buffer).toString()))),
  );
  const refused = await new Promise<number | undefined>((resolve, reject) => {
    socket.once('open', () => resolve(undefined));
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    socket.on('error', reject);
  });
  const call = (id: unknown, name: string, request: unknown = {}): void =>
    socket.send(JSON.stringify({ id, name, request }));
  const answerTo = (id: number): Promise<BridgeMessage> =>
    eventually(`the answer to ${id}`, () =>
      heard.find((message) => message.type !== 'snapshot' && message.id === id),
    );
  return { socket, heard, refused, call, answerTo };
}

describe('the address', () => {
  test('opens the page once, for the browser that used it', async () => {
    const { host, origin } = await openHost();
    const address = host.url();
    const opened = await get(address);
    expect([opened.status, opened.headers.location]).toEqual([303, '/']);
    expect(opened.headers['set-cookie']?.[0]).toMatch(
      /^lull-[0-9]+=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    const cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await get(origin, { cookie })).body).toContain('<title>Lull</title>');

    const again = await get(address);
    expect([again.status, again.headers['set-cookie']]).toEqual([401, undefined]);
    expect(again.body).toContain('npm start');
    expect(await get(address, { cookie })).toMatchObject({ status: 303, headers: { location: '/' } });
  });

  test('is another one each time, and of loopback only', async () => {
    const { host } = await openHost();
    const first = new URL(host.url());
    expect(first.href).not.toBe(host.url());
    expect(first.hostname).toBe('127.0.0.1');
  });

  test('is not used up by a look at its headers', async () => {
    const { host } = await openHost();
    const address = host.url();
    expect((await get(address, {}, 'HEAD')).status).toBe(401);
    expect((await get(address)).status).toBe(303);
  });
});

describe('without its cookie a browser gets', () => {
  test.each(['/', '/icon.svg', '/assets/index-BwCpihbg.js', '/nothing', '/?token=', '/?token=guess'])(
    'nothing at %s but a page that says how to open Lull',
    async (path) => {
      const { origin } = await openHost();
      for (const cookie of ['', 'lull=x', `lull-${new URL(origin).port}=${'A'.repeat(43)}`]) {
        const response = await get(origin + path, { cookie });
        expect([response.status, response.headers['cache-control']]).toEqual([401, 'no-store']);
        expect(response.body).toContain('Open Lull from the terminal');
      }
    },
  );
});

describe('the page', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/index.html', 'text/html; charset=utf-8', 'no-cache'],
    ['/icon.svg?v=2', 'image/svg+xml', 'no-cache'],
    ['/assets/index-BwCpihbg.js', 'text/javascript; charset=utf-8', 'private, max-age=31536000, immutable'],
  ])('has %s as %s, cached as %s', async (path, type, caching) => {
    const { origin, cookie } = await openHost();
    const { status, headers } = await get(origin + path, { cookie });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, caching]);
  });

  test('lets nothing in but its own scripts and styles', async () => {
    const { origin, cookie } = await openHost();
    for (const headers of [{}, { cookie }, { host: 'evil.example' }]) {
      const response = await get(origin, headers);
      const policy = response.headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(response.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  test.each([
    '/../secret.html',
    '/assets/../../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    '/assets/..\\..\\secret.html',
    '//secret.html',
    '/link.html',
    '/notes.md',
    '/assets',
    '/assets/',
    '/icon.svg/',
    '/%00',
    'http://127.0.0.1/icon.svg',
  ])('has nothing at %s', async (path) => {
    const { origin, cookie } = await openHost();
    expect((await get(origin, { cookie }, 'GET', path)).status).toBe(404);
  });

  test.each(['evil.example', '127.0.0.1', 'localhost', '127.0.0.1:1', '[::1]:80'])(
    'is not shown under the name %j, so that no other site can take this one over',
    async (host) => {
      const { origin, cookie } = await openHost();
      expect((await get(origin, { cookie, host })).status).toBe(403);
    },
  );

  test('is shown under the name localhost with its port', async () => {
    const { origin, cookie } = await openHost();
    expect((await get(origin, { cookie, host: `localhost:${new URL(origin).port}` })).status).toBe(200);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('takes no %s', async (method) => {
    const { origin, cookie } = await openHost();
    expect((await get(origin, { cookie }, method)).status).toBe(405);
  });
});

describe('the bridge', () => {
  test('begins with the snapshot, then sends each new one', async () => {
    const page = await openHost();
    const { heard } = await connect(page);
    await eventually('the first snapshot', () => heard.length === 1);
    page.publish(2);
    await eventually('the second snapshot', () => heard.length === 2);
    expect(heard).toEqual([
      { type: 'snapshot', snapshot: sampleSnapshot(1) },
      { type: 'snapshot', snapshot: sampleSnapshot(2) },
    ]);
  });

  test('answers calls, by their ids and in any order', async () => {
    const slow = Promise.withResolvers<unknown>();
    const got: unknown[] = [];
    const page = await openHost((name, request) => {
      got.push([name, request]);
      return name === 'receiptProof' ? slow.promise : Promise.resolve(undefined);
    });
    const { call, answerTo } = await connect(page);
    call(1, 'receiptProof', { id: 'x' });
    call(2, 'pause', { for: '1h' });
    expect(await answerTo(2)).toEqual({ type: 'answer', id: 2, value: {} });
    slow.resolve({ proof: true });
    expect(await answerTo(1)).toEqual({ type: 'answer', id: 1, value: { proof: true } });
    expect(got).toEqual([
      ['receiptProof', { id: 'x' }],
      ['pause', { for: '1h' }],
    ]);
  });

  test('answers a failure with its code, and one that nobody expected without its message', async () => {
    const page = await openHost((name) =>
      Promise.reject(
        name === 'pause' ? new LullError('invalid_request', 'Say how long.') : new Error('secret'),
      ),
    );
    const { call, answerTo } = await connect(page);
    call(1, 'pause');
    call(2, 'resume');
    expect(await answerTo(1)).toMatchObject({
      type: 'error',
      error: { code: 'invalid_request', message: 'Say how long.' },
    });
    const second = await answerTo(2);
    expect(second).toMatchObject({ type: 'error', error: { code: 'internal' } });
    expect(JSON.stringify(second)).not.toContain('secret');
  });

  test('refuses what is no intent, and ends a page that does not speak its language', async () => {
    let reached = 0;
    const page = await openHost(async () => void reached++);
    const { call, answerTo, socket } = await connect(page);
    call(1, 'runCommand', { command: 'rm' });
    expect(await answerTo(1)).toMatchObject({ type: 'error', error: { code: 'invalid_request' } });
    socket.send('{');
    const [code] = (await once(socket, 'close')) as [number];
    expect([code, reached]).toEqual([1008, 0]);
  });

  test.each([
    ['a message too long for any call', () => 'x'.repeat(70_000), 1009],
    ['bytes', () => Buffer.from('{"id":1}'), 1008],
    ['a call without an id', () => '{"name":"pause","request":{}}', 1008],
  ])('ends a page that sends %s', async (_, message, expected) => {
    const { socket } = await connect(await openHost());
    socket.send(message());
    expect(((await once(socket, 'close')) as [number])[0]).toBe(expected);
  });

  test.each([
    ['another site', { origin: 'https://evil.example' }, '/bridge', 403],
    ['another port of this computer', { origin: 'http://127.0.0.1:1' }, '/bridge', 403],
    ['a page without an origin', { origin: 'null' }, '/bridge', 403],
    ['another name for this computer', { host: 'evil.example' }, '/bridge', 403],
    ['a browser without the cookie', { cookie: '' }, '/bridge', 401],
    ['another path', {}, '/else', 404],
  ])('is closed to %s', async (_, headers, path, status) => {
    const page = await openHost();
    expect((await connect(page, headers, path)).refused).toBe(status);
    expect(page.listeners()).toBe(0);
  });

  test('forgets a page that has gone', async () => {
    const page = await openHost();
    const { socket } = await connect(page);
    await eventually('the agent has a listener', () => page.listeners() === 1);
    socket.terminate();
    await eventually('the agent has none', () => page.listeners() === 0);
  });

  test('sends a page that reads slowly the newest snapshot only', async () => {
    const page = await openHost();
    const { socket, heard } = await connect(page);
    await eventually('the first snapshot', () => heard.length === 1);
    socket.pause();
    for (let revision = 2; revision <= 3000; revision++) page.publish(revision);
    socket.resume();
    const revisions = (): number[] =>
      heard.flatMap((it) => (it.type === 'snapshot' ? [it.snapshot.revision] : []));
    await eventually('the newest snapshot', () => revisions().includes(3000));
    expect(revisions().length).toBeLessThan(10);
    expect(revisions()).toEqual(revisions().toSorted((a, b) => a - b));
  });
});

describe('the web host', () => {
  test('says good-bye to its pages when it stops, and can be stopped twice', async () => {
    const page = await openHost();
    const { socket } = await connect(page);
    const closed = once(socket, 'close');
    await Promise.all([page.host.stop(), page.host.stop()]);
    expect(((await closed) as [number])[0]).toBe(1001);
    await expect(get(page.origin)).rejects.toThrow('ECONNREFUSED');
  });

  const start = (port: number, dir: string): Promise<WebHost> =>
    startWebHost({
      rendererDir: dir,
      handle: async () => undefined,
      subscribe: () => () => undefined,
      snapshot: () => sampleSnapshot(1),
      port,
      clock: new TestClock(),
      logger: silentLogger,
    });

  test('says so when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    await expect(start((other.address() as AddressInfo).port, rendererDir)).rejects.toMatchObject({
      code: 'port_in_use',
    });
    other.close();
  });

  test('says how to build the window when it is not there', async () => {
    await expect(start(0, join(rendererDir, 'assets'))).rejects.toThrow('npm run build');
  });
});
