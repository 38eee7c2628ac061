// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import type { CoordinatorHandlers } from '../../../coordinator/coordinator.ts';
import { type Route, type RouteName, ROUTES } from '../../../protocol/coordinator-api.ts';
import { type ErrorCode, LullError, wireErrorSchema } from '../../../protocol/errors.ts';
import type { LogFields, Logger } from '../../../protocol/logger.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { MAX_SKEW_MS, signRequest } from '../../../protocol/request-auth.ts';
import { newSeed, signingKeyFromSeed } from '../../../protocol/signatures.ts';
import { signedCall, withAuth } from '../../support/http-signed-call.ts';
import { httpTestServer } from '../../support/http-test-server.ts';

const device = signingKeyFromSeed(newSeed());
const stranger = signingKeyFromSeed(newSeed());

const QUIET = { leases: [], cancelled: [], receiptsLatest: 0, verifying: 0, serverTime: 1 };
const ASK = { freeSlots: 1, attempts: [], receiptsSeen: 0, waitMs: 0 };

const codeOf = (response: { json(): unknown }): ErrorCode => wireErrorSchema.parse(response.json()).code;

describe('a signed request', () => {
  test('reaches its handler parsed, with the key that signed it', async () => {
    const got: unknown[] = [];
    await using server = await httpTestServer({
      poll: async (request) => {
        got.push(request);
        return QUIET;
      },
      receipts: async (request) => {
        got.push(request);
        return { receipts: [] };
      },
    });
    const now = server.clock.now();
    const polled = await server.app.inject(signedCall(device, 'POST', '/v1/poll', now, ASK));
    expect(polled.json()).toEqual(QUIET);
    expect(polled.headers['cache-control']).toBe('no-store');
    await server.app.inject(signedCall(device, 'GET', '/v1/receipts?after=7', now));
    expect(got).toEqual([
      { params: undefined, query: undefined, body: ASK, key: device.publicKey },
      { params: undefined, query: { after: 7, limit: 100 }, body: undefined, key: device.publicKey },
    ]);
  });

  const forgeries: [string, (at: number) => ReturnType<typeof signedCall>][] = [
    ['without a signature', (at) => ({ ...signedCall(device, 'POST', '/v1/poll', at, ASK), headers: {} })],
    [
      'with a header that is not an authorisation',
      (at) => ({
        ...signedCall(device, 'POST', '/v1/poll', at, ASK),
        headers: { 'lull-auth': 'bm9uc2Vuc2U' },
      }),
    ],
    [
      'under the name of another key',
      (at) => withAuth(signedCall(stranger, 'POST', '/v1/poll', at, ASK), { key: device.publicKey }),
    ],
    [
      'with another time than was signed',
      (at) => withAuth(signedCall(device, 'POST', '/v1/poll', at, ASK), { at: at + 1 }),
    ],
    [
      'with another nonce than was signed',
      (at) => withAuth(signedCall(device, 'POST', '/v1/poll', at, ASK), { nonce: 'A'.repeat(16) }),
    ],
    [
      'with another body than was signed',
      (at) => ({
        ...signedCall(device, 'POST', '/v1/poll', at, ASK),
        payload: JSON.stringify({ ...ASK, freeSlots: 9 }),
      }),
    ],
    [
      'at another path than was signed',
      (at) => ({ ...signedCall(device, 'POST', '/v1/devices', at, ASK), url: '/v1/poll' }),
    ],
    [
      'with another query than was signed',
      (at) => ({ ...signedCall(device, 'GET', '/v1/receipts', at), url: '/v1/receipts?after=1' }),
    ],
  ];
  test.each(forgeries)('%s is refused and reaches nobody', async (_, forge) => {
    let reached = 0;
    const count = async (): Promise<never> => {
      reached++;
      throw new Error('reached');
    };
    await using server = await httpTestServer({ poll: count, receipts: count });
    const response = await server.app.inject(forge(server.clock.now()));
    expect([response.statusCode, codeOf(response)]).toEqual([401, 'bad_signature']);
    expect(reached).toBe(0);
  });

  test.each([MAX_SKEW_MS + 1, -MAX_SKEW_MS - 1])(
    '%i ms off is refused with the time it should have',
    async (skew) => {
      await using server = await httpTestServer({ poll: async () => QUIET });
      const now = server.clock.now();
      const late = await server.app.inject(signedCall(device, 'POST', '/v1/poll', now + skew, ASK));
      expect([late.statusCode, late.json()]).toMatchObject([
        401,
        { code: 'clock_skew', details: { serverTime: now } },
      ]);
      const close = await server.app.inject(
        signedCall(device, 'POST', '/v1/poll', now + skew - Math.sign(skew), ASK),
      );
      expect(close.statusCode).toBe(200);
    },
  );

  test('that was already seen is refused when it writes, and answered when it only reads', async () => {
    let reached = 0;
    await using server = await httpTestServer({
      poll: async () => {
        reached++;
        return QUIET;
      },
      receipts: async () => ({ receipts: [] }),
    });
    const poll = signedCall(device, 'POST', '/v1/poll', server.clock.now(), ASK);
    expect((await server.app.inject(poll)).statusCode).toBe(200);
    const again = await server.app.inject(poll);
    expect([again.statusCode, codeOf(again), reached]).toEqual([409, 'replayed_request', 1]);
    const read = signedCall(device, 'GET', '/v1/receipts', server.clock.now());
    expect((await server.app.inject(read)).statusCode).toBe(200);
    expect((await server.app.inject(read)).statusCode).toBe(200);
  });

  test('with a forged signature does not use up the nonce it names', async () => {
    await using server = await httpTestServer({ poll: async () => QUIET });
    const poll = signedCall(device, 'POST', '/v1/poll', server.clock.now(), ASK);
    const forged = { ...poll, payload: '{}' };
    expect(codeOf(await server.app.inject(forged))).toBe('bad_signature');
    expect((await server.app.inject(poll)).statusCode).toBe(200);
  });

  test('is refused by every route that wants a signature, when it has none', async () => {
    await using server = await httpTestServer({});
    for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
      if (route.signer === 'none') continue;
      const url = route.path.replace(/:[a-z]+/, name === 'putBlob' ? 'a'.repeat(64) : 'job_aaaaaaaa');
      const response = await server.app.inject({ method: route.method, url });
      expect([name, codeOf(response)]).toEqual([name, 'bad_signature']);
    }
  });
});

describe('a bad request', () => {
  const post = (body: string, now: number): ReturnType<typeof signedCall> => {
    const nonce = 'abcdefghijklmnop';
    const auth = signRequest(device, {
      method: 'POST',
      path: '/v1/poll',
      body: Buffer.from(body),
      at: now,
      nonce,
    });
    return { method: 'POST', url: '/v1/poll', payload: body, headers: { 'lull-auth': auth } };
  };

  test('is told which field is wrong', async () => {
    await using server = await httpTestServer({ poll: async () => QUIET });
    const response = await server.app.inject(
      signedCall(device, 'POST', '/v1/poll', server.clock.now(), { ...ASK, freeSlots: -1 }),
    );
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      code: 'invalid_request',
      details: { issues: [{ path: 'freeSlots' }] },
    });
  });

  test.each(['', '{', '"text"', '[]', 'null', '{"__proto__":{"freeSlots":1}}'])(
    'with the body %j is refused as invalid',
    async (body) => {
      await using server = await httpTestServer({ poll: async () => QUIET });
      const response = await server.app.inject(post(body, server.clock.now()));
      expect([response.statusCode, codeOf(response)]).toEqual([400, 'invalid_request']);
    },
  );

  test('with a body over the limit is refused as too large', async () => {
    await using server = await httpTestServer({ poll: async () => QUIET });
    const response = await server.app.inject(post(' '.repeat(1024 * 1024 + 1), server.clock.now()));
    expect([response.statusCode, codeOf(response)]).toEqual([413, 'too_large']);
  });

  test.each([
    ['GET', '/', 404, 'not_found'],
    ['DELETE', '/v1/jobs', 404, 'not_found'],
    ['GET', '/v1/blobs/../../etc/passwd', 404, 'not_found'],
    ['GET', '/v1/blobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 400, 'invalid_request'],
    ['GET', `/v1/blobs/${'A'.repeat(64)}`, 400, 'invalid_request'],
    ['GET', '/v1/blobs/%zz', 400, 'invalid_request'],
    ['GET', `/v1/blobs/${'a'.repeat(200)}`, 400, 'invalid_request'],
    ['GET', '/v1/ledger/inclusion?leaf=x&size=1', 400, 'invalid_request'],
    ['GET', '/v1/ledger/entries?from=1&from=2', 400, 'invalid_request'],
  ] as const)('%s %s is answered with %i %s', async (method, url, status, code) => {
    await using server = await httpTestServer({});
    const response = await server.app.inject({ method, url });
    expect([response.statusCode, codeOf(response)]).toEqual([status, code]);
  });
});

describe('a failure', () => {
  const failing = (error: unknown): Partial<CoordinatorHandlers> => ({
    ledgerHead: () => Promise.reject(error),
  });

  test('of ours crosses with its code, sentence and details', async () => {
    const error = new LullError('insufficient_credits', 'Buy more.', { details: { missing: '5' } });
    await using server = await httpTestServer(failing(error));
    const response = await server.app.inject('/v1/ledger/head');
    expect([response.statusCode, response.json()]).toEqual([402, error.toWire()]);
  });

  test('that nobody expected keeps its message at home, where the log has it under the request', async () => {
    const lines: LogFields[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (_message, fields) => lines.push(fields ?? {}),
      scope: () => logger,
    };
    await using server = await httpTestServer(failing(new Error('secret')), { logger });
    const response = await server.app.inject('/v1/ledger/head');
    const answer = wireErrorSchema.parse(response.json());
    expect([response.statusCode, answer.code]).toEqual([500, 'internal']);
    expect(response.body).not.toContain('secret');
    expect(answer.details).toEqual({ requestId: response.headers['lull-request'] });
    expect(lines).toMatchObject([
      { request: answer.details?.['requestId'], error: expect.stringContaining('secret') as string },
    ]);
  });
});

describe('the server answers by itself', () => {
  test('who the network is, with the time', async () => {
    await using server = await httpTestServer({});
    const info = ROUTES.network.response.parse((await server.app.inject('/v1/network')).json());
    expect(info).toMatchObject({ name: 'test', practice: true, serverTime: server.clock.now() });
  });

  test('that it is well only while its database answers', async () => {
    let well = true;
    const ping = (): Promise<void> =>
      well
        ? Promise.resolve()
        : Promise.reject(new LullError('unreachable', 'The database does not answer.'));
    await using server = await httpTestServer({}, { database: { kind: 'postgres', ping } });
    expect((await server.app.inject('/health')).json()).toEqual({ ok: true, database: 'postgres' });
    well = false;
    expect((await server.app.inject('/health')).statusCode).toBe(503);
  });
});
