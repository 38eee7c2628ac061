// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { keychainProblem, openKeychain } from '../../agent/adapters/open-keychain.ts';
import { systemClock } from '../../agent/adapters/system-clock.ts';
import { loadIdentity } from '../../agent/identity.ts';
import type { Keychain } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { FakeKeychain } from '../support/fake-keychain.ts';
import { needs } from '../support/needs.ts';
import { ROOT, TestProcess } from '../support/processes.ts';

let folder: string;
const keysPath = (): string => join(folder, 'keys.json');
const open = (passphrase?: string, dataFolder = folder): Promise<Keychain> =>
  openKeychain({
    dataFolder,
    clock: systemClock,
    logger: silentLogger,
    passphrase,
    useSystem: false,
    env: {},
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-keychain-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe.each([
  ['the fake', () => Promise.resolve<Keychain>(new FakeKeychain())],
  ['a file', () => open()],
  ['an encrypted file', () => open('correct horse')],
])('the keychain on %s', (_name, make) => {
  it('gives back what it was given by name, and undefined for what it was not', async () => {
    const keychain = await make();
    await keychain.set('device', 'one');
    await keychain.set('account', 'two');
    await keychain.set('device', 'three');
    expect(await keychain.get('device')).toBe('three');
    expect(await keychain.get('account')).toBe('two');
    expect(await keychain.get('toString')).toBeUndefined();
  });

  it('holds an identity that is made once', async () => {
    const keychain = await make();
    const first = await loadIdentity(keychain);
    const second = await loadIdentity(keychain);
    expect(second.device.publicKey).toBe(first.device.publicKey);
    expect(second.account.publicKey).toBe(first.account.publicKey);
    expect(first.device.publicKey).not.toBe(first.account.publicKey);
  });

  it('says of a damaged key what to do, and makes no other in its place', async () => {
    const keychain = await make();
    await keychain.set('device', 'short');
    await expect(loadIdentity(keychain)).rejects.toThrow(/device key in the keychain is damaged/);
    expect(await keychain.get('device')).toBe('short');
  });
});

describe('the keychain on a file', () => {
  it('is for this user only, is found again, and says that it is not encrypted', async () => {
    const keychain = await open();
    await keychain.set('device', 'seed');
    expect(statSync(keysPath()).mode & 0o777).toBe(0o600);
    expect(keychain.kind).toBe('file_permissions');
    expect(keychainProblem(keychain)?.message).toContain('LULL_PASSPHRASE');
    expect(await (await open()).get('device')).toBe('seed');
  });

  it('with a passphrase has nothing readable in it, and needs nothing of the owner', async () => {
    const keychain = await open('correct horse');
    await keychain.set('device', 'very-secret-seed');
    expect(keychain.kind).toBe('file_passphrase');
    expect(keychainProblem(keychain)).toBeUndefined();
    expect(readFileSync(keysPath(), 'utf8')).not.toContain('very-secret-seed');
    expect(await (await open('correct horse')).get('device')).toBe('very-secret-seed');
  });

  it('refuses a wrong passphrase and a missing one by name, and loses nothing', async () => {
    await (await open('correct horse')).set('device', 'seed');
    const before = readFileSync(keysPath(), 'utf8');
    await expect(open('wrong horse')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(open()).rejects.toThrow(/encrypted: start Lull with their passphrase/);
    await expect(open('')).rejects.toMatchObject({ code: 'forbidden' });
    expect(readFileSync(keysPath(), 'utf8')).toBe(before);
    expect(await (await open('correct horse')).get('device')).toBe('seed');
  });

  it('encrypts the keys that are already there when a passphrase is given for the first time', async () => {
    await (await open()).set('device', 'plain-seed');
    const keychain = await open('new passphrase');
    expect(await keychain.get('device')).toBe('plain-seed');
    expect(readFileSync(keysPath(), 'utf8')).not.toContain('plain-seed');
  });

  it('refuses a damaged file instead of making new keys', async () => {
    writeFileSync(keysPath(), '{"version":1');
    await expect(open()).rejects.toThrow(/damaged: put a copy of it back/);
    expect(readFileSync(keysPath(), 'utf8')).toBe('{"version":1');
  });

  it('is chosen where no session bus is, and stays chosen', async () => {
    const keychain = await openKeychain({
      dataFolder: folder,
      clock: systemClock,
      logger: silentLogger,
      env: {},
    });
    expect(keychain.kind).toBe('file_permissions');
  });
});

describe('the keychain on the Secret Service', () => {
  // A session bus of its own and an unlocked keyring, in one child process for each data folder.
  const inSession = async (script: string, unlock: boolean): Promise<string> => {
    const home = join(folder, 'home');
    mkdirSync(home, { recursive: true });
    const daemon = unlock
      ? 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; '
      : '';
    const child = new TestProcess(
      'a session',
      'dbus-run-session',
      ['--', 'sh', '-c', `${daemon}exec "$0" --input-type=module -e "$1"`, process.execPath, script],
      { cwd: ROOT, env: { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: home } },
    );
    const match = await child.prints(/RESULT (.*)/, 60_000);
    await child.exited;
    return match[1] ?? '';
  };

  const script = (folders: readonly string[], body: string): string => `
    import { openKeychain } from '${ROOT}/agent/adapters/open-keychain.ts';
    import { loadIdentity } from '${ROOT}/agent/identity.ts';
    import { systemClock } from '${ROOT}/agent/adapters/system-clock.ts';
    import { silentLogger } from '${ROOT}/protocol/logger.ts';
    const open = (dataFolder) => openKeychain({ dataFolder, clock: systemClock, logger: silentLogger });
    const [a, b] = ${JSON.stringify(folders)};
    const say = (value) => console.log('RESULT ' + JSON.stringify(value));
    ${body}
    process.exit(0);`;

  const twoFolders = (): string[] => {
    const folders = ['a', 'b'].map((name) => join(folder, name));
    for (const path of folders) mkdirSync(path, { recursive: true });
    return folders;
  };

  it('keeps keys there, apart for each data folder, and leaves none in a file', async (context) => {
    const there = needs('secret-service');
    if (!there.ok) return context.skip(there.reason);
    const folders = twoFolders();
    const printed = await inSession(
      script(
        folders,
        `const [first, second] = [await open(a), await open(b)];
         const one = await loadIdentity(first);
         const other = await loadIdentity(second);
         const again = await loadIdentity(await open(a));
         say({ kinds: [first.kind, second.kind], same: again.device.publicKey === one.device.publicKey,
               apart: other.device.publicKey !== one.device.publicKey, missing: (await first.get('nothing')) ?? null });`,
      ),
      true,
    );
    expect(JSON.parse(printed)).toEqual({
      kinds: ['system', 'system'],
      same: true,
      apart: true,
      missing: null,
    });
    expect(JSON.parse(readFileSync(join(folders[0] ?? '', 'keys.json'), 'utf8'))).toMatchObject({
      kind: 'system',
    });
  });

  it('falls back to a file where the service is locked and nobody can unlock it', async (context) => {
    const there = needs('secret-service');
    if (!there.ok) return context.skip(there.reason);
    const printed = await inSession(script(twoFolders(), 'say((await open(a)).kind);'), false);
    expect(JSON.parse(printed)).toBe('file_permissions');
  });

  it('says what to do when the keys are in a service that has gone, and makes no new ones', async (context) => {
    const there = needs('secret-service');
    if (!there.ok) return context.skip(there.reason);
    const [a = '', b = ''] = twoFolders();
    await inSession(script([a, b], 'await loadIdentity(await open(a)); say(1);'), true);
    const keys = readFileSync(join(a, 'keys.json'), 'utf8');
    rmSync(join(folder, 'home'), { recursive: true });
    const printed = await inSession(
      script([a, b], 'say(await loadIdentity(await open(a)).catch((error) => error.message));'),
      true,
    );
    expect(JSON.parse(printed)).toMatch(/system keychain, which does not give them: unlock it/);
    expect(readFileSync(join(a, 'keys.json'), 'utf8')).toBe(keys);
  });
});
