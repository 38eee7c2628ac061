// SPDX-License-Identifier: MIT
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { httpCoordinatorClient } from '../../agent/adapters/coordinator-client.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import type { CoordinatorClient } from '../../agent/ports.ts';
import { API_VERSION, type Capabilities, signDeviceLink } from '../../protocol/coordinator-api.ts';
import { wireErrorSchema } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import { accountIdSchema } from '../../protocol/ids.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { newSeed, signingKeyFromSeed } from '../../protocol/signatures.ts';
import { eventually } from '../support/eventually.ts';
import { signedCall } from '../support/http-signed-call.ts';

const ENTRY = join(import.meta.dirname, '../../coordinator/entry.ts');
const deviceKey = signingKeyFromSeed(newSeed());
const accountKey = signingKeyFromSeed(newSeed());
const ASK = { freeSlots: 1, attempts: [], receiptsSeen: 0, waitMs: 0 };
const CAPABILITIES: Capabilities = {
  software: 'test',
  platform: 'linux',
  arch: 'x64',
  cpuModel: 'test',
  threads: 2,
  memoryBytes: 1e9,
  moduleKinds: ['wasi', 'stepped'],
};

const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('listening'), url: z.url(), publicKey: z.string() }),
  z.strictObject({ type: z.literal('failed'), error: wireErrorSchema }),
]);
type Message = z.infer<typeof messageSchema>;

interface Started {
  readonly child: ChildProcess;
  readonly said: Message;
  /** exit code, or the signal that ended it */
  readonly exited: Promise<number | string | null>;
}

let dir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lull-entry-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
  await rm(dir, { recursive: true, force: true });
});

/** Starts the real coordinator's program, and waits for what it says first. */
async function start(args: readonly string[]): Promise<Started> {
  const child = fork(ENTRY, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  children.push(child);
  let errors = '';
  child.stderr?.on('data', (chunk: unknown) => (errors += String(chunk)));
  const exited = new Promise<number | string | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  );
  const said = await new Promise<Message>((resolve, reject) => {
    child.once('message', (message) => resolve(messageSchema.parse(message)));
    child.once('exit', () => reject(new Error(`the coordinator ended without a word: ${errors}`)));
  });
  return { child, said, exited };
}

const usual = (listen = '127.0.0.1:0'): string[] => [
  '--database',
  `sqlite:${join(dir, 'coordinator.db')}`,
  '--blobs',
  join(dir, 'blobs'),
  '--listen',
  listen,
  '--name',
  'test',
  '--practice',
];

const urlOf = ({ said }: Started): string => {
  if (said.type === 'failed') throw new Error(said.error.message);
  return said.url;
};

const clientOf = (url: string): CoordinatorClient =>
  httpCoordinatorClient({ url, deviceKey, accountKey, clock: systemClock, logger: silentLogger });

const register = (client: CoordinatorClient): Promise<unknown> =>
  client.call('register', {
    body: {
      account: accountIdSchema.parse(accountKey.publicKey),
      link: signDeviceLink(accountKey, deviceKey.publicKey),
      name: 'test',
      capabilities: CAPABILITIES,
    },
  });

describe('the program of the coordinator', () => {
  test('serves a device from its registration to its polls, keeps blobs, and ends with the one who started it', async () => {
    const started = await start(usual());
    const client = clientOf(urlOf(started));
    expect(await client.call('network', {})).toMatchObject({
      name: 'test',
      practice: true,
      api: API_VERSION,
    });
    expect(await client.call('health', {})).toEqual({ ok: true, database: 'sqlite' });
    expect(await register(client)).toMatchObject({
      device: deviceKey.publicKey,
      account: accountKey.publicKey,
    });
    expect(await client.call('poll', { body: ASK })).toMatchObject({ leases: [], cancelled: [] });
    expect(await client.call('balance', {})).toMatchObject({ available: '1000000000' });

    const bytes = Buffer.from('a blob');
    const hash = blobHashOf(bytes);
    await client.call('putBlob', { params: { hash }, body: bytes });
    expect(await readFile(join(dir, 'blobs', hash), 'utf8')).toBe('a blob');

    const held = client.call('poll', { body: { ...ASK, waitMs: 30_000 } });
    const settled = held.then(
      () => 'answered',
      () => 'refused',
    );
    started.child.disconnect();
    expect(await started.exited).toBe(0);
    expect(['answered', 'refused']).toContain(await settled);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends in order on %s', async (signal) => {
    const started = await start(usual());
    started.child.kill(signal);
    expect(await started.exited).toBe(0);
  });

  test('ends in order when it is told to', async () => {
    const started = await start(usual());
    started.child.send({ type: 'stop' });
    expect(await started.exited).toBe(0);
  });

  test('comes back after SIGKILL as the same network, and knows what it has seen', async () => {
    const first = await start(usual());
    const url = urlOf(first);
    await register(clientOf(url));
    const call = signedCall(deviceKey, 'POST', '/v1/poll', Date.now(), ASK);
    const send = (base: string): Promise<Response> =>
      fetch(base + call.url, { method: 'POST', headers: call.headers, body: String(call.payload) });
    expect((await send(url)).status).toBe(200);
    first.child.kill('SIGKILL');
    await first.exited;

    const second = await start(usual(new URL(url).host));
    expect(second.said).toEqual(first.said);
    const replayed = await send(url);
    expect([replayed.status, await replayed.json()]).toMatchObject([409, { code: 'replayed_request' }]);
    expect(await clientOf(url).call('poll', { body: ASK })).toMatchObject({ leases: [] });
  });

  test('says that its port is taken, and leaves nothing running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    const address = await eventually('the other program listens', () => other.address() ?? undefined);
    const port = typeof address === 'string' ? 0 : address.port;
    const started = await start(usual(`127.0.0.1:${port}`));
    expect(started.said).toMatchObject({ type: 'failed', error: { code: 'port_in_use', details: { port } } });
    expect(await started.exited).toBe(1);
    other.close();
    expect((await start(usual())).said.type).toBe('listening');
  });

  test('refuses a database that another one has open, which is not disturbed', async () => {
    const first = await start(usual());
    const second = await start(usual());
    expect(second.said).toMatchObject({ type: 'failed', error: { code: 'already_open' } });
    expect(await second.exited).toBe(1);
    expect(await clientOf(urlOf(first)).call('health', {})).toEqual({ ok: true, database: 'sqlite' });
  });

  test.each([
    ['an address without a port', ['--listen', 'localhost'], 'listen'],
    ['a fee above one half', ['--fee-basis-points', '5001'], 'feeBasisPoints'],
    ['credits that are no whole number', ['--starting-credits', '1.5'], 'startingCredits'],
    ['an option that it does not have', ['--listem', 'x'], '--listem'],
    ['another kind of database', ['--database', 'mysql://x/y'], 'mysql'],
  ])('says what is wrong with %s', async (_, args, named) => {
    const started = await start([...usual(), ...args]);
    expect(started.said).toMatchObject({ type: 'failed', error: { code: 'invalid_request' } });
    expect(JSON.stringify(started.said)).toContain(named);
    expect(await started.exited).toBe(1);
  });
});
