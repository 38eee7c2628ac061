// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import {
  type CoordinatorClientOptions,
  httpCoordinatorClient,
} from '../../../agent/adapters/coordinator-client.ts';
import type { CoordinatorClient, Traffic, TrafficBytes } from '../../../agent/ports.ts';
import type { CoordinatorHandlers } from '../../../coordinator/coordinator.ts';
import type { PollResponse } from '../../../protocol/coordinator-api.ts';
import { LullError } from '../../../protocol/errors.ts';
import { blobHashOf } from '../../../protocol/hashes.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { newSeed, signingKeyFromSeed } from '../../../protocol/signatures.ts';
import { eventually } from '../../support/eventually.ts';
import { type HttpTestServer, httpTestServer } from '../../support/http-test-server.ts';
import { TestClock } from '../../support/test-clock.ts';

const deviceKey = signingKeyFromSeed(newSeed());
const accountKey = signingKeyFromSeed(newSeed());
const ASK = { freeSlots: 1, attempts: [], receiptsSeen: 0, waitMs: 20_000 };
const QUIET: PollResponse = { leases: [], cancelled: [], receiptsLatest: 0, verifying: 0, serverTime: 1 };

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const clientOf = (url: string, more: Partial<CoordinatorClientOptions> = {}): CoordinatorClient =>
  httpCoordinatorClient({
    url,
    deviceKey,
    accountKey,
    clock: new TestClock(),
    logger: silentLogger,
    ...more,
  });

/** A real coordinator's doors on a free port. */
async function serve(
  handlers: Partial<CoordinatorHandlers>,
): Promise<{ url: string; server: HttpTestServer }> {
  const server = await httpTestServer(handlers);
  ends.push(() => server[Symbol.asyncDispose]());
  return { ...(await server.listen({ host: '127.0.0.1', port: 0 })), server };
}

/** Something on a free port that may or may not be a coordinator. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const failure = async (promise: Promise<unknown>): Promise<LullError> => {
  const error: unknown = await promise.then(
    () => 'it resolved',
    (reason: unknown) => reason,
  );
  if (error instanceof LullError) return error;
  throw new Error('expected a LullError', { cause: error });
};

describe('a call', () => {
  test('is signed by the key that its route asks for', async () => {
    const keys: (string | undefined)[] = [];
    const { url } = await serve({
      poll: async ({ key }) => {
        keys.push(key);
        return QUIET;
      },
      balance: async ({ key }) => {
        keys.push(key);
        throw new LullError('forbidden', 'Enough seen.');
      },
      ledgerEntries: async ({ key }) => {
        keys.push(key);
        return { entries: [] };
      },
    });
    const client = clientOf(url);
    await client.call('poll', { body: ASK });
    await failure(client.call('balance', {}));
    await client.call('ledgerEntries', { query: { from: 3 } });
    expect(keys).toEqual([deviceKey.publicKey, accountKey.publicKey, undefined]);
  });

  test('without the key that its route asks for says so, and sends nothing', async () => {
    const client = clientOf('http://127.0.0.1:1', { accountKey: undefined });
    expect(await failure(client.call('balance', {}))).toMatchObject({ code: 'bad_signature' });
  });

  test('carries parameters, query and body as they are', async () => {
    const got: unknown[] = [];
    const { url } = await serve({
      jobResults: async ({ params, query }) => {
        got.push(params, query);
        return { results: [] };
      },
      returnAttempt: async ({ params, body }) => {
        got.push(params, body);
        return {};
      },
    });
    const client = clientOf(`${url}/`);
    await client.call('jobResults', { params: { job: 'job_aaaaaaaa' as never }, query: { from: 7 } });
    const body = { reason: 'busy', message: "it's ümlaut & more" } as const;
    await client.call('returnAttempt', { params: { attempt: 'att_aaaaaaaa' as never }, body });
    expect(got).toEqual([
      { job: 'job_aaaaaaaa' },
      { from: 7, limit: 500 },
      { attempt: 'att_aaaaaaaa' },
      body,
    ]);
  });

  test('moves blobs there and back, signed by whichever key there is', async () => {
    const { url } = await serve({});
    const bytes = Buffer.alloc(3_000_000, 'lull');
    const hash = blobHashOf(bytes);
    for (const keys of [{ deviceKey: undefined }, { accountKey: undefined }]) {
      const client = clientOf(url, keys);
      expect(await client.call('putBlob', { params: { hash }, body: bytes })).toEqual({
        hash,
        size: bytes.length,
      });
      expect(bytes.equals(await client.call('getBlob', { params: { hash } }))).toBe(true);
    }
  });

  test('with bytes that do not have the hash they are sent under gets that very failure', async () => {
    const { url } = await serve({});
    const hash = blobHashOf(Buffer.from('right'));
    const error = await failure(
      clientOf(url).call('putBlob', { params: { hash }, body: Buffer.from('wrong') }),
    );
    expect(error.code).toBe('blob_hash_mismatch');
    expect((await failure(clientOf(url).call('getBlob', { params: { hash } }))).code).toBe('unknown_blob');
  });

  test('gets the failure of the coordinator back as it was', async () => {
    const thrown = new LullError('insufficient_credits', 'Buy more.', { details: { missing: '5' } });
    const { url } = await serve({ balance: () => Promise.reject(thrown) });
    expect((await failure(clientOf(url).call('balance', {}))).toWire()).toEqual(thrown.toWire());
  });

  test('that its caller gives up on ends at both ends', async () => {
    let ended = false;
    const { url } = await serve({
      poll: (_request, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended = true;
            reject(new Error('gone'));
          });
          controller.abort(new Error('enough'));
        }),
    });
    const controller = new AbortController();
    await expect(clientOf(url).call('poll', { body: ASK }, controller.signal)).rejects.toThrow('enough');
    await eventually('the handler hears of it', () => ended);
    await expect(clientOf(url).call('poll', { body: ASK }, controller.signal)).rejects.toThrow('enough');
  });

  test('that is held by a server which closes is told so', async () => {
    const held = Promise.withResolvers<undefined>();
    const { url, server } = await serve({
      poll: (_request, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
          held.resolve(undefined);
        }),
    });
    const polled = failure(clientOf(url).call('poll', { body: ASK }));
    await held.promise;
    await server.close();
    expect((await polled).code).toBe('shutting_down');
  });
});

describe('what the network may carry', () => {
  /** Counts, and lets nothing follow before the test says so. */
  class Toll implements Traffic {
    sent = 0;
    received = 0;
    asked = 0;
    open = Promise.withResolvers<void>();

    counted(bytes: TrafficBytes): void {
      this.sent += bytes.sent;
      this.received += bytes.received;
    }

    async paced(bytes: number): Promise<void> {
      this.asked += bytes;
      await this.open.promise;
    }
  }

  const bytes = Buffer.alloc(3_000_000, 'lull');
  const hash = blobHashOf(bytes);

  test('is counted with everything that goes with it, on one connection after the other call', async () => {
    const { url } = await serve({ poll: () => Promise.resolve(QUIET) });
    const toll = new Toll();
    toll.open.resolve();
    const client = clientOf(url, { traffic: toll });
    await client.call('putBlob', { params: { hash }, body: bytes });
    expect(toll.sent).toBeGreaterThan(bytes.length);
    expect(toll.sent).toBeLessThan(bytes.length + 2000);
    expect(toll.received).toBeLessThan(2000);
    const before = { ...toll };
    await client.call('getBlob', { params: { hash } });
    expect(toll.received - before.received).toBeGreaterThan(bytes.length);
    expect(toll.received - before.received).toBeLessThan(bytes.length + 4000);
    expect(toll.sent - before.sent).toBeLessThan(2000);
    const polled = { ...toll };
    await client.call('poll', { body: ASK });
    expect(toll.sent - polled.sent).toBeGreaterThan(JSON.stringify(ASK).length);
    expect(toll.sent - polled.sent).toBeLessThan(2000);
  });

  test('holds blobs back in both directions, and never a poll', async () => {
    const { url } = await serve({ poll: () => Promise.resolve(QUIET) });
    await clientOf(url).call('putBlob', { params: { hash }, body: bytes });
    const toll = new Toll();
    const client = clientOf(url, { traffic: toll });
    let done = 0;
    const moving = [
      client.call('getBlob', { params: { hash } }).then(() => (done += 1)),
      client.call('putBlob', { params: { hash }, body: bytes }).then(() => (done += 1)),
    ];
    await eventually('both ask for their turn', () => toll.asked >= 2);
    await client.call('poll', { body: ASK });
    expect(done).toBe(0);
    expect(toll.asked).toBeLessThan(500_000);
    toll.open.resolve();
    await Promise.all(moving);
    // The few bytes that answer an upload count too.
    expect(toll.asked).toBeGreaterThanOrEqual(2 * bytes.length);
    expect(toll.asked).toBeLessThan(2 * bytes.length + 1000);
  });

  test('is not asked any more once its caller gave up', async () => {
    const { url } = await serve({});
    const toll = new Toll();
    const controller = new AbortController();
    const putting = clientOf(url, { traffic: toll }).call(
      'putBlob',
      { params: { hash }, body: bytes },
      controller.signal,
    );
    await eventually('it asks for its turn', () => toll.asked > 0);
    controller.abort(new Error('enough'));
    await expect(putting).rejects.toThrow('enough');
    const { asked } = toll;
    toll.open.resolve();
    expect((await failure(clientOf(url).call('getBlob', { params: { hash } }))).code).toBe('unknown_blob');
    expect(toll.asked).toBe(asked);
  });
});

describe('the clock of this computer', () => {
  test.each([3_600_000, -86_400_000])(
    'may be %i ms off: the call is signed again with the right time',
    async (skew) => {
      let reached = 0;
      const { url, server } = await serve({
        poll: async () => {
          reached++;
          return { ...QUIET, serverTime: server.clock.now() };
        },
      });
      const clock = new TestClock(server.clock.now() + skew);
      const client = clientOf(url, { clock });
      await client.call('poll', { body: ASK });
      await client.call('poll', { body: ASK });
      expect(reached).toBe(2);
      clock.setWallClock(server.clock.now() - skew);
      await client.call('poll', { body: ASK });
      expect(reached).toBe(3);
    },
  );

  test('is corrected by any answer that has the time', async () => {
    let asked = 0;
    const { url, server } = await serve({ poll: async () => ({ ...QUIET, serverTime: server.clock.now() }) });
    server.app.server.on('request', () => asked++);
    const client = clientOf(url, { clock: new TestClock(0) });
    await client.call('network', {});
    await client.call('poll', { body: ASK });
    expect(asked).toBe(2);
  });

  test('is corrected once a call, so a coordinator that is never content is not asked for ever', async () => {
    let asked = 0;
    const url = await listen((_request, response) => {
      asked++;
      const wire = new LullError('clock_skew', 'Wrong again.', {
        details: { serverTime: asked * 1e9 },
      }).toWire();
      response.writeHead(401).end(JSON.stringify(wire));
    });
    expect((await failure(clientOf(url).call('poll', { body: ASK }))).code).toBe('clock_skew');
    expect(asked).toBe(2);
  });
});

describe('trouble on the way', () => {
  test('where nobody listens is a sentence with the address', async () => {
    const error = await failure(clientOf('http://127.0.0.1:1').call('poll', { body: ASK }));
    expect(error).toMatchObject({ code: 'unreachable', details: { cause: 'ECONNREFUSED' } });
    expect(error.message).toContain('http://127.0.0.1:1');
  });

  test.each(['', 'lull.example.org', 'ftp://lull.example.org', 'file:///etc/passwd'])(
    'the address %j is refused',
    (url) => {
      expect(() => clientOf(url)).toThrow('is not the address of a network');
    },
  );

  test.each([
    ['a page of something else', 200, '<html>'],
    ['an empty answer', 200, ''],
    ['JSON that is not what the route answers', 200, '{"leases":[]}'],
    ['the page of a proxy', 502, '<html>Bad gateway</html>'],
    ['a redirect', 302, ''],
    ['a failure with an unknown code', 500, '{"code":"made_up","message":"x"}'],
  ])('%s is a failure that says what to check', async (_, status, body) => {
    const url = await listen((_request, response) =>
      response.writeHead(status, { location: '/else' }).end(body),
    );
    const error = await failure(clientOf(url).call('poll', { body: ASK }));
    expect(error.code).toBe('unreachable');
    expect(error.message).toContain(url);
  });

  test('a connection that breaks is a failure, and a write is not sent again', async () => {
    let asked = 0;
    const url = await listen((request) => {
      asked++;
      request.socket.destroy();
    });
    expect((await failure(clientOf(url).call('poll', { body: ASK }))).code).toBe('unreachable');
    expect(asked).toBe(1);
  });

  test('a read that breaks is asked again after a pause', async () => {
    let asked = 0;
    const clock = new TestClock();
    const url = await listen((request, response) => {
      if (++asked < 3) request.socket.destroy();
      else response.end(JSON.stringify({ ok: true, database: 'sqlite' }));
    });
    const called = clientOf(url, { clock }).call('health', {});
    for (const count of [1, 2]) {
      await eventually(`ask ${count}`, () => asked >= count);
      await eventually('the pause is over', async () => {
        await clock.advance(100);
        return asked > count;
      });
    }
    expect(await called).toEqual({ ok: true, database: 'sqlite' });
  });

  test('a server that stays silent is given up, a held poll later than other calls', async () => {
    const url = await listen(() => undefined);
    const clock = new TestClock();
    const polled = failure(clientOf(url, { clock }).call('poll', { body: ASK }));
    await clock.advance(40_000);
    expect(clock.waiting).toBe(1);
    await clock.advance(10_100);
    expect((await polled).message).toContain('did not answer within 50 s');
    expect(clock.waiting).toBe(0);
  });

  test('an answer that stops in the middle is given up', async () => {
    const begun = Promise.withResolvers<undefined>();
    const url = await listen((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{', () => begun.resolve(undefined));
    });
    const clock = new TestClock();
    const polled = failure(clientOf(url, { clock }).call('poll', { body: ASK }));
    await begun.promise;
    await eventually('it is given up', async () => {
      await clock.advance(10_000);
      return clock.waiting === 0;
    });
    expect((await polled).code).toBe('unreachable');
  });
});
