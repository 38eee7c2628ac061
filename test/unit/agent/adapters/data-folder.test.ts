// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDataFolder, resolveDataFolder } from '../../../../agent/adapters/data-folder.ts';
import { LullError } from '../../../../protocol/errors.ts';
import { ROOT, TestProcess } from '../../../support/processes.ts';

describe('the place of the data folder', () => {
  const at = (
    given: string | undefined,
    env: NodeJS.ProcessEnv,
    platform: NodeJS.Platform = 'linux',
  ): string => resolveDataFolder({ given, env, platform, home: '/home/me' });

  it('is what the owner gives first, then the environment, then where the system keeps such things', () => {
    expect(at('/here', { LULL_HOME: '/there' })).toBe('/here');
    expect(at(undefined, { LULL_HOME: '/there', XDG_DATA_HOME: '/xdg' })).toBe('/there');
    expect(at('', { LULL_HOME: '' })).toBe('/home/me/.local/share/lull');
    expect(at(undefined, { XDG_DATA_HOME: '/xdg' })).toBe('/xdg/lull');
    expect(at(undefined, { XDG_DATA_HOME: 'relative' })).toBe('/home/me/.local/share/lull');
    expect(at(undefined, {}, 'darwin')).toBe('/home/me/Library/Application Support/Lull');
    expect(at(undefined, { APPDATA: '/roaming' }, 'win32')).toBe('/roaming/Lull');
    expect(at(undefined, {}, 'win32')).toContain('Lull');
  });

  it('is made absolute', () => {
    expect(at('here', {})).toBe(join(process.cwd(), 'here'));
  });
});

describe('a data folder', () => {
  let parent: string;
  let path: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'lull-data-folder-'));
    path = join(parent, 'data');
  });

  afterEach(() => rmSync(parent, { recursive: true }));

  const opener = (): TestProcess =>
    new TestProcess('an opener', process.execPath, [
      '--input-type=module',
      '-e',
      `import { openDataFolder } from '${ROOT}/agent/adapters/data-folder.ts';
       try { globalThis.folder = openDataFolder(${JSON.stringify(path)}); console.log('taken'); setInterval(() => undefined, 1000); }
       catch (error) { console.log('refused ' + JSON.stringify(error.toWire?.() ?? String(error))); }`,
    ]);

  it('is made for this user only', () => {
    const folder = openDataFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    folder.close();
    folder.close();
  });

  it('is refused to a second process, with the pid of the first, and is free again after SIGKILL', async () => {
    const first = opener();
    await first.prints(/taken/);
    const second = opener();
    const [, wire = ''] = await second.prints(/refused (.*)/);
    expect(JSON.parse(wire)).toMatchObject({
      code: 'already_open',
      message: expect.stringContaining(`process ${first.pid}`) as string,
      details: { pid: first.pid },
    });
    await first.kill();
    openDataFolder(path).close();
  });

  it('is refused twice within one process as well', () => {
    const folder = openDataFolder(path);
    let caught: unknown;
    try {
      openDataFolder(path);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(LullError);
    expect(caught).toMatchObject({ code: 'already_open', details: { pid: process.pid } });
    folder.close();
    openDataFolder(path).close();
  });

  it('that cannot be made is said to be so, with what to do', () => {
    writeFileSync(path, 'a file');
    expect(() => openDataFolder(join(path, 'inside'))).toThrow(
      /cannot be made .* choose another with --data/,
    );
  });
});
