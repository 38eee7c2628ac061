// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EmbeddedCoordinator } from '../../../../agent/adapters/embedded-coordinator.ts';
import { systemClock } from '../../../../agent/adapters/system-clock.ts';
import { silentLogger } from '../../../../protocol/logger.ts';
import { eventually } from '../../../support/eventually.ts';
import { isAlive } from '../../../support/processes.ts';

const KEY = Buffer.alloc(32, 1).toString('base64url');

/** A real process that speaks as a coordinator does, and writes down with which options it was started. */
const PROGRAM = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
const option = (name) => process.argv[process.argv.indexOf('--' + name) + 1];
appendFileSync(option('blobs') + '.log', option('listen') + '\\n');
const server = createServer((_, response) => response.end('here'));
server.listen(Number(option('listen').split(':')[1]), '127.0.0.1', () =>
  process.send({ type: 'listening', url: 'http://127.0.0.1:' + server.address().port, publicKey: '${KEY}' }));
process.on('message', (message) => message.type === 'stop' && process.exit(0));
process.on('disconnect', () => process.exit(0));
`;

const REFUSES = `
process.send({ type: 'failed', error: { code: 'database_too_new', message: 'Update Lull.' } }, () => process.exit(1));
`;

let folder: string;
let coordinator: EmbeddedCoordinator;

async function make(program: string): Promise<EmbeddedCoordinator> {
  const entry = join(folder, 'coordinator.mjs');
  await writeFile(entry, program);
  return new EmbeddedCoordinator({
    entry,
    databaseFile: join(folder, 'coordinator.db'),
    blobsDir: join(folder, 'blobs'),
    clock: systemClock,
    logger: silentLogger,
  });
}

const never = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lull-embedded-'));
});
afterEach(async () => {
  await coordinator.stop();
  await rm(folder, { recursive: true });
});

describe('EmbeddedCoordinator', () => {
  it('starts on a free port of loopback and says where', async () => {
    coordinator = await make(PROGRAM);
    await coordinator.start(never);
    expect(await (await fetch(coordinator.url)).text()).toBe('here');
  });

  it('is started again at the same address when it dies', async () => {
    coordinator = await make(PROGRAM);
    await coordinator.start(never);
    const { url, pid } = coordinator;
    process.kill(pid ?? 0, 'SIGKILL');
    await eventually('another process', () => coordinator.pid !== pid);
    expect(await eventually('an answer', async () => (await fetch(url)).text())).toBe('here');
    expect(coordinator.url).toBe(url);
    const listens = (await readFile(join(folder, 'blobs.log'), 'utf8')).trim().split('\n');
    expect(listens).toEqual(['127.0.0.1:0', new URL(url).host]);
  });

  it('ends with stop, stays ended, and may be stopped twice', async () => {
    coordinator = await make(PROGRAM);
    await coordinator.start(never);
    const pid = coordinator.pid ?? 0;
    await coordinator.stop();
    await coordinator.stop();
    expect(isAlive(pid)).toBe(false);
    expect(coordinator.pid).toBe(pid);
  });

  it('gives back the reason when the coordinator refuses to start', async () => {
    coordinator = await make(REFUSES);
    await expect(coordinator.start(never)).rejects.toMatchObject({
      code: 'database_too_new',
      message: 'Update Lull.',
    });
  });

  it('says so when the coordinator ends before it listens', async () => {
    coordinator = await make('process.exit(3);');
    await expect(coordinator.start(never)).rejects.toMatchObject({ code: 'unreachable' });
  });
});
