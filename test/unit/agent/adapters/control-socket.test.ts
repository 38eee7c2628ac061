// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ControlSocket } from '../../../../agent/adapters/control-socket.ts';
import { ControlClient } from '../../../../agent/adapters/control-socket-client.ts';
import { controlSocketPath, ensurePrivateFolder } from '../../../../agent/adapters/control-socket-path.ts';
import { systemClock } from '../../../../agent/adapters/system-clock.ts';
import { LullError } from '../../../../protocol/errors.ts';
import { silentLogger } from '../../../../protocol/logger.ts';

let dataDir: string;
let server: ControlSocket;
let calls: [string, unknown][];
let quits: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'lull-control-'));
  calls = [];
  quits = 0;
  server = new ControlSocket({
    dataDir,
    handle: (name, request) => {
      calls.push([name, request]);
      if (name === 'earnNow') return Promise.reject(new LullError('shutting_down', 'It is ending.'));
      if (name === 'resume') return Promise.reject(new Error('a secret detail'));
      return Promise.resolve({});
    },
    host: {
      openUrl: () => ({ url: 'http://127.0.0.1:1/?token=x' }),
      quit: () => {
        quits += 1;
        return {};
      },
    },
    logger: silentLogger,
  });
});

afterEach(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Writes raw bytes and gives back the first line of the answer; undefined when the connection is cut. */
function raw(text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(server.path);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('\n')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer === '' ? undefined : answer.trim()));
    socket.write(text);
  });
}

describe('ControlSocket', () => {
  it('hands intents to the agent and its own calls to the host', async () => {
    await server.start();
    const client = await ControlClient.connect(dataDir, systemClock);
    await client.send('pause', { for: '1h' });
    expect(calls).toEqual([['pause', { for: '1h' }]]);
    expect(await client.host('openUrl')).toEqual({ url: 'http://127.0.0.1:1/?token=x' });
    await client.host('quit');
    expect(quits).toBe(1);
    client.close();
  });

  it('gives failures back as what they were, and keeps the unexpected to itself', async () => {
    await server.start();
    const client = await ControlClient.connect(dataDir, systemClock);
    await expect(client.send('earnNow', { minutes: 5 })).rejects.toMatchObject({
      code: 'shutting_down',
      message: 'It is ending.',
    });
    await expect(client.send('resume', {})).rejects.toMatchObject({
      code: 'internal',
      message: expect.not.stringContaining('secret') as string,
    });
    client.close();
  });

  it('answers many calls on one connection, each with its own answer', async () => {
    await server.start();
    const client = await ControlClient.connect(dataDir, systemClock);
    await Promise.all(Array.from({ length: 50 }, () => client.send('pause', { for: '15m' })));
    expect(calls).toHaveLength(50);
    client.close();
  });

  it('refuses what is not JSON, not a call, or not known, and goes on serving', async () => {
    await server.start();
    for (const line of [
      'nonsense\n',
      '[1]\n',
      '{"id":3,"name":"rm","request":{}}\n',
      '{"id":3,"name":"quit","request":{"now":1}}\n',
    ]) {
      expect(JSON.parse((await raw(line)) ?? '')).toMatchObject({
        type: 'error',
        error: { code: 'invalid_request' },
      });
    }
    expect(quits).toBe(0);
    expect(JSON.parse((await raw('{"id":4,"name":"pause","request":{"for":"1h"}}\n')) ?? '')).toMatchObject({
      type: 'answer',
      id: 4,
    });
  });

  it('cuts a connection that sends a line without end', async () => {
    await server.start();
    expect(await raw('x'.repeat(200_000))).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('is a socket that only its user may open', async () => {
    await server.start();
    expect(statSync(server.path).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32')(
    'takes the place of a socket that a dead agent left behind, and leaves none itself',
    async () => {
      writeFileSync(server.path, '');
      await server.start();
      expect(JSON.parse((await raw('{"id":1,"name":"pause","request":{}}\n')) ?? '')).toMatchObject({
        id: 1,
      });
      await server.stop();
      expect(existsSync(server.path)).toBe(false);
    },
  );

  it('may be stopped twice, and ends open connections', async () => {
    await server.start();
    const client = await ControlClient.connect(dataDir, systemClock);
    await server.stop();
    await server.stop();
    await expect(client.send('pause', { for: '1h' })).rejects.toMatchObject({ code: 'agent_not_running' });
  });
});

describe('ControlClient', () => {
  it('says how to start an agent when none runs', async () => {
    await expect(ControlClient.connect(dataDir, systemClock)).rejects.toMatchObject({
      code: 'agent_not_running',
      message: expect.stringContaining('lull agent') as string,
    });
  });
});

describe('controlSocketPath', () => {
  const place = { platform: 'linux', runtimeDir: '/run/user/1/lull-1' } as const;

  it('is in the data folder', () => {
    expect(controlSocketPath('/home/a/lull', place)).toBe('/home/a/lull/agent.sock');
  });

  it('is short enough for a socket however long the data folder is, and differs for each', () => {
    const long = `/home/${'x'.repeat(200)}`;
    expect(Buffer.byteLength(controlSocketPath(long, place))).toBeLessThanOrEqual(103);
    expect(controlSocketPath(long, place)).not.toBe(controlSocketPath(`${long}y`, place));
  });

  it('is a named pipe on Windows', () => {
    expect(controlSocketPath('C:\\lull', { ...place, platform: 'win32' })).toMatch(
      /^\\\\\.\\pipe\\lull-[0-9a-f]{24}$/,
    );
  });

  it.skipIf(process.platform === 'win32')(
    'serves a data folder whose path is too long for a socket',
    async () => {
      const long = join(dataDir, 'x'.repeat(150));
      mkdirSync(long);
      const far = new ControlSocket({
        dataDir: long,
        handle: () => Promise.resolve({}),
        host: { openUrl: () => ({ url: null }), quit: () => ({}) },
        logger: silentLogger,
      });
      await far.start();
      const client = await ControlClient.connect(long, systemClock);
      expect(await client.host('openUrl')).toEqual({ url: null });
      client.close();
      await far.stop();
    },
  );
});

describe('ensurePrivateFolder', () => {
  it.skipIf(process.platform === 'win32')('closes a folder to everybody else', () => {
    const folder = join(dataDir, 'run');
    mkdirSync(folder, { mode: 0o777 });
    ensurePrivateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('refuses what is not a folder', () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    expect(() => ensurePrivateFolder(file)).toThrow();
  });
});
