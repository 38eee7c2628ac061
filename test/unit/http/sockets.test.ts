// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import { afterEach, describe, expect, test } from 'vitest';

import { wireErrorSchema } from '../../../protocol/errors.ts';
import { blobHashOf } from '../../../protocol/hashes.ts';
import { signHashedRequest } from '../../../protocol/request-auth.ts';
import { newSeed, signingKeyFromSeed } from '../../../protocol/signatures.ts';
import { eventually } from '../../support/eventually.ts';
import { signedCall } from '../../support/http-signed-call.ts';
import { type HttpTestServer, httpTestServer } from '../../support/http-test-server.ts';

const key = signingKeyFromSeed(newSeed());
const ASK = { freeSlots: 1, attempts: [], receiptsSeen: 0, waitMs: 20_000 };

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

type Listening = HttpTestServer & { readonly url: string };

async function serve(...options: Parameters<typeof httpTestServer>): Promise<Listening> {
  const server = await httpTestServer(...options);
  ends.push(() => server[Symbol.asyncDispose]());
  return { ...server, ...(await server.listen({ host: '127.0.0.1', port: 0 })) };
}

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string | number>; body?: Uint8Array } = {},
): Promise<Got> {
  const { method = 'GET', headers = {}, body } = options;
  const request = httpRequest(url, { method, headers });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

const codeOf = ({ body }: Got): string => wireErrorSchema.parse(JSON.parse(body.toString())).code;

/** The header that lets somebody upload exactly the blob of this hash. */
const ticket = (server: Listening, hash: string, nonce = 'abcdefghijklmnop'): Record<string, string> => ({
  'lull-auth': signHashedRequest(key, {
    method: 'PUT',
    path: `/v1/blobs/${hash}`,
    bodyHash: hash,
    at: server.clock.now(),
    nonce,
  }),
});

const put = (
  server: Listening,
  hash: string,
  body: Uint8Array,
  headers = ticket(server, hash),
): Promise<Got> => ask(`${server.url}/v1/blobs/${hash}`, { method: 'PUT', headers, body });

const filesOf = async (server: Listening): Promise<string[]> =>
  (await readdir(server.blobsDir, { recursive: true, withFileTypes: true }))
    .filter((it) => it.isFile())
    .map((it) => it.name);

describe('an upload', () => {
  test('is kept under its hash, and is there for whoever knows it', async () => {
    const server = await serve({});
    const bytes = Buffer.alloc(2_000_000, 'lull');
    const hash = blobHashOf(bytes);
    const kept = await put(server, hash, bytes);
    expect([kept.status, JSON.parse(kept.body.toString())]).toEqual([200, { hash, size: bytes.length }]);
    expect(bytes.equals(await readFile(join(server.blobsDir, hash)))).toBe(true);
    const got = await ask(`${server.url}/v1/blobs/${hash}`);
    expect(got.body.equals(bytes)).toBe(true);
    expect(got.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${hash}"`,
      'content-length': '2000000',
      'accept-ranges': 'bytes',
    });
  });

  test('of other bytes than it was signed for is refused, and nothing is kept', async () => {
    const server = await serve({});
    const refused = await put(server, blobHashOf(Buffer.from('right')), Buffer.from('wrong'));
    expect([refused.status, codeOf(refused), await filesOf(server)]).toEqual([422, 'blob_hash_mismatch', []]);
  });

  test.each([
    ['without a signature', () => ({}), 401, 'bad_signature'],
    [
      'signed for another blob',
      (server: Listening) => ticket(server, blobHashOf(Buffer.from('another'))),
      401,
      'bad_signature',
    ],
  ] as const)('%s is refused before it is read', async (_, headers, status, code) => {
    const server = await serve({});
    const hash = blobHashOf(Buffer.from('bytes'));
    const request = httpRequest(`${server.url}/v1/blobs/${hash}`, {
      method: 'PUT',
      headers: { ...headers(server), 'content-length': 5_000_000 },
    });
    request.on('error', () => undefined);
    request.write('begin');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const got = { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
    expect([got.status, codeOf(got), await filesOf(server)]).toEqual([status, code, []]);
    request.destroy();
  });

  test('that is sent a second time is a replay; signed again it changes nothing', async () => {
    const server = await serve({});
    const bytes = Buffer.from('bytes');
    const hash = blobHashOf(bytes);
    expect((await put(server, hash, bytes)).status).toBe(200);
    expect(codeOf(await put(server, hash, bytes))).toBe('replayed_request');
    expect((await put(server, hash, bytes, ticket(server, hash, 'ponmlkjihgfedcba'))).status).toBe(200);
    expect(await filesOf(server)).toEqual([hash]);
  });

  test('that is too large is refused with the limit, and nothing is kept', async () => {
    const server = await serve({}, { maxBlobBytes: 1000 });
    const bytes = Buffer.alloc(300_000);
    const refused = await put(server, blobHashOf(bytes), bytes);
    expect([refused.status, codeOf(refused), await filesOf(server)]).toEqual([413, 'too_large', []]);
    expect(wireErrorSchema.parse(JSON.parse(refused.body.toString())).details).toEqual({ maxBytes: 1000 });
  });

  test('whose caller hangs up leaves nothing behind', async () => {
    const server = await serve({});
    const hash = blobHashOf(Buffer.from('never'));
    const request = httpRequest(`${server.url}/v1/blobs/${hash}`, {
      method: 'PUT',
      headers: { ...ticket(server, hash), 'content-length': 1_000_000 },
    });
    request.on('error', () => undefined);
    request.write(Buffer.alloc(100_000));
    await eventually('the upload has begun', async () => (await filesOf(server)).length === 1);
    request.destroy();
    await eventually('nothing is left', async () => (await filesOf(server)).length === 0);
  });
});

describe('a download', () => {
  const bytes = Buffer.from('0123456789');
  const hash = blobHashOf(bytes);
  const withBlob = async (): Promise<(headers?: Record<string, string>) => Promise<Got>> => {
    const server = await serve({});
    await put(server, hash, bytes);
    return (headers = {}) => ask(`${server.url}/v1/blobs/${hash}`, { headers });
  };

  test.each([
    ['bytes=2-4', 'bytes 2-4/10', '234'],
    ['bytes=7-', 'bytes 7-9/10', '789'],
    ['bytes=-2', 'bytes 8-9/10', '89'],
  ])('of the range %s is that part', async (range, contentRange, part) => {
    const got = await (await withBlob())({ range });
    expect([got.status, got.headers['content-range'], got.body.toString()]).toEqual([
      206,
      contentRange,
      part,
    ]);
    expect(got.headers['content-length']).toBe(String(part.length));
  });

  test('of a range outside the blob is refused with its size', async () => {
    const got = await (await withBlob())({ range: 'bytes=10-' });
    expect([got.status, got.headers['content-range'], codeOf(got)]).toEqual([
      416,
      'bytes */10',
      'invalid_request',
    ]);
    expect(got.headers['cache-control']).toBe('no-store');
  });

  test('of a range of something else is the whole', async () => {
    const got = await (await withBlob())({ range: 'bytes=0-1', 'if-range': '"other"' });
    expect([got.status, got.body.toString()]).toEqual([200, '0123456789']);
  });

  test('that the caller has already is not sent again', async () => {
    const got = await (await withBlob())({ 'if-none-match': `"${hash}"` });
    expect([got.status, got.body.length]).toEqual([304, 0]);
  });

  test('of what is not there says so', async () => {
    const server = await serve({});
    const got = await ask(`${server.url}/v1/blobs/${hash}`);
    expect([got.status, codeOf(got), got.headers['cache-control']]).toEqual([
      404,
      'unknown_blob',
      'no-store',
    ]);
  });

  test('of an empty blob is empty', async () => {
    const server = await serve({});
    const empty = blobHashOf(Buffer.alloc(0));
    expect((await put(server, empty, Buffer.alloc(0))).status).toBe(200);
    const got = await ask(`${server.url}/v1/blobs/${empty}`);
    expect([got.status, got.body.length]).toEqual([200, 0]);
  });
});

describe('a held request', () => {
  const held = () => {
    const begun = Promise.withResolvers<undefined>();
    let aborted = false;
    const poll = (_request: unknown, signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        });
        begun.resolve(undefined);
      });
    return { poll, begun: begun.promise, aborted: () => aborted };
  };

  const send = (server: Listening) => {
    const call = signedCall(key, 'POST', '/v1/poll', server.clock.now(), ASK);
    const request = httpRequest(server.url + call.url, { method: 'POST', headers: call.headers });
    request.on('error', () => undefined);
    request.end(call.payload);
    return request;
  };

  test('ends for its handler when the caller hangs up', async () => {
    const { poll, begun, aborted } = held();
    const request = send(await serve({ poll }));
    await begun;
    request.destroy();
    await eventually('the handler hears of it', aborted);
  });

  test('ends with a sentence when the server closes, which then is gone', async () => {
    const { poll, begun } = held();
    const server = await serve({ poll });
    const request = send(server);
    await begun;
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    await Promise.all([server.close(), server.close()]);
    const [response] = await answered;
    expect([response.statusCode, response.headers.connection]).toEqual([503, 'close']);
    expect(JSON.parse((await buffer(response)).toString())).toMatchObject({ code: 'shutting_down' });
    await expect(ask(server.url)).rejects.toThrow('ECONNREFUSED');
  });

  test('that gives its answer when the server closes is answered', async () => {
    const begun = Promise.withResolvers<undefined>();
    const quiet = { leases: [], cancelled: [], receiptsLatest: 0, verifying: 0, serverTime: 1 };
    const server = await serve({
      poll: (_request, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(quiet));
          begun.resolve(undefined);
        }),
    });
    const request = send(server);
    await begun.promise;
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    await server.close();
    const [response] = await answered;
    expect(JSON.parse((await buffer(response)).toString())).toEqual(quiet);
  });
});

describe('the server', () => {
  test('says which port is taken, and by what to replace it', async () => {
    const first = await serve({});
    const port = Number(new URL(first.url).port);
    await using second = await httpTestServer({});
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'port_in_use',
      details: { host: '127.0.0.1', port },
    });
  });

  test('closes although a caller keeps a connection open on which it never asks', async () => {
    const server = await serve({});
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    await ask(`${server.url}/health`);
    await Promise.all([server.close(), once(socket, 'close'), server.clock.advance(2000)]);
  });

  test('answers what is not HTTP with 400 and goes on', async () => {
    const server = await serve({});
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.end('nonsense\r\n\r\n');
    expect((await buffer(socket)).toString()).toContain('400 Bad Request');
    expect((await ask(`${server.url}/health`)).status).toBe(200);
  });
});
