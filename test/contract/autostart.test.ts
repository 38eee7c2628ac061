// SPDX-License-Identifier: MIT
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hostAutostart } from '../../agent/adapters/autostart/host-autostart.ts';
import { launchdAutostart } from '../../agent/adapters/autostart/launchd-autostart.ts';
import { systemdAutostart } from '../../agent/adapters/autostart/systemd-autostart.ts';
import { xdgAutostart } from '../../agent/adapters/autostart/xdg-autostart.ts';
import type { Autostart } from '../../agent/ports.ts';
import { loginCommand } from '../../cli/login-command.ts';
import { loginItem } from '../../electron/adapters/login-item.ts';
import { loginCommand as appLoginCommand } from '../../electron/shell-arguments.ts';
import { FakeElectron } from '../support/fake-electron.ts';

const COMMAND = [
  '/opt/my lull/lull',
  '--hidden',
  '--data',
  `/home/me/50% "off" $HOME \`x\` a\\b 'c'`,
] as const;

let home: string;
let electron: FakeElectron;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lull-autostart-'));
  electron = new FakeElectron();
});

afterEach(() => rmSync(home, { recursive: true }));

const command = (): [string, ...string[]] => [...COMMAND];
const files = (): string[] =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
const app = (platform: NodeJS.Platform): Autostart =>
  loginItem({ app: electron.api.app, platform, env: {}, home, command: command() });
const xdg = (): Autostart => xdgAutostart({ command: command(), env: {}, home });
const systemd = (): Autostart => systemdAutostart({ command: command(), env: {}, home });
const launchd = (): Autostart => launchdAutostart({ command: command(), home });

describe.each([
  ['desktop file', xdg],
  ['systemd unit', systemd],
  ['launchd property list', launchd],
  ['tray app on Linux', (): Autostart => app('linux')],
  ['tray app on macOS', (): Autostart => app('darwin')],
  ['tray app on Windows', (): Autostart => app('win32')],
])('starting at login by a %s', (_name, make) => {
  it('is off until it is set, and off again when it is unset, however often', async () => {
    const autostart = make();
    expect(await autostart.enabled()).toBe(false);
    await autostart.set(false);
    expect(await autostart.enabled()).toBe(false);
    for (const enabled of [true, true, false, false, true]) {
      await autostart.set(enabled);
      expect(await autostart.enabled()).toBe(enabled);
      expect(await make().enabled()).toBe(enabled);
    }
    await make().set(false);
    expect(files()).toEqual([]);
  });
});

describe('the desktop file', () => {
  const path = (): string => join(home, '.config/autostart/lull.desktop');

  it('quotes every argument as its specification asks', async () => {
    await xdg().set(true);
    const text = readFileSync(path(), 'utf8');
    expect(text).toMatch(/^\[Desktop Entry\]\nType=Application\n/);
    const exec = /^Exec=(.*)$/m.exec(text)?.[1];
    expect(exec).toBe(
      String.raw`"/opt/my lull/lull" "--hidden" "--data" "/home/me/50%% \\"off\\" \\$HOME \\` +
        String.raw`${'`x\\\\`'} a\\\\b 'c'"`,
    );
  });

  it('lies where this user keeps settings', async () => {
    const config = join(home, 'elsewhere');
    await xdgAutostart({ command: command(), env: { XDG_CONFIG_HOME: config }, home }).set(true);
    expect(existsSync(join(config, 'autostart/lull.desktop'))).toBe(true);
    await xdgAutostart({ command: command(), env: { XDG_CONFIG_HOME: 'not/whole' }, home }).set(true);
    expect(existsSync(path())).toBe(true);
  });

  it('counts as off when the desktop has turned it off', async () => {
    await xdg().set(true);
    writeFileSync(path(), `${readFileSync(path(), 'utf8')}Hidden=true\n`);
    expect(await xdg().enabled()).toBe(false);
    await xdg().set(true);
    expect(await xdg().enabled()).toBe(true);
  });

  it('is not written again when it says so already, and follows a program that has moved', async () => {
    await xdg().set(true);
    const before = statSync(path(), { bigint: true }).mtimeNs;
    await xdg().set(true);
    expect(statSync(path(), { bigint: true }).mtimeNs).toBe(before);
    await xdgAutostart({ command: ['/new/lull'], env: {}, home }).set(true);
    expect(readFileSync(path(), 'utf8')).toContain('Exec="/new/lull"\n');
    expect(files()).toEqual(['lull.desktop']);
  });

  it('says what to do when it cannot be written', async () => {
    writeFileSync(join(home, '.config'), 'a file, not a folder');
    await expect(xdg().set(true)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining(`Check that you may write to ${home}`) as string,
    });
    expect(await xdg().enabled()).toBe(false);
  });

  it('never breaks a line: a path that would is refused', async () => {
    const odd = xdgAutostart({ command: ['/opt/lull\nHidden=true'], env: {}, home });
    await expect(odd.set(true)).rejects.toMatchObject({ code: 'internal' });
    expect(files()).toEqual([]);
  });
});

describe('the systemd unit', () => {
  const path = (): string => join(home, '.config/systemd/user/lull.service');
  const link = (): string => join(home, '.config/systemd/user/default.target.wants/lull.service');

  it('quotes every argument, and lets nothing be expanded', async () => {
    await systemd().set(true);
    const exec = /^ExecStart=(.*)$/m.exec(readFileSync(path(), 'utf8'))?.[1];
    expect(exec).toBe(
      String.raw`"/opt/my lull/lull" "--hidden" "--data" "/home/me/50%% \"off\" $$HOME ${'`x`'} a\\b 'c'"`,
    );
  });

  it('is wanted by the default target of this user, as systemctl --user enable has it', async () => {
    await systemd().set(true);
    expect(lstatSync(link()).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link())).toBe(path());
    rmSync(link());
    expect(await systemd().enabled()).toBe(false);
    await systemd().set(true);
    expect(await systemd().enabled()).toBe(true);
  });

  it('takes the place of a link that leads elsewhere', async () => {
    await systemd().set(true);
    rmSync(link());
    writeFileSync(link(), 'a file');
    expect(await systemd().enabled()).toBe(false);
    await systemd().set(true);
    expect(readlinkSync(link())).toBe(path());
  });
});

describe('the property list', () => {
  it('holds every argument as it is, as XML', async () => {
    await launchdAutostart({ command: ['/a & b/lull', '<x>', "it's"], home }).set(true);
    const text = readFileSync(join(home, 'Library/LaunchAgents/app.lull.agent.plist'), 'utf8');
    expect([...text.matchAll(/ {4}<string>(.*)<\/string>/g)].map((found) => found[1])).toEqual([
      '/a &amp; b/lull',
      '&lt;x&gt;',
      "it's",
    ]);
    await expect(launchdAutostart({ command: ['/a\u0007'], home }).set(true)).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('the login item of the tray app', () => {
  const set = (): unknown => electron.app.askedFor('setLoginItemSettings').at(-1)?.[1];

  it('is the program with its arguments on Windows, those with blanks in quotes', async () => {
    await loginItem({
      app: electron.api.app,
      platform: 'win32',
      env: {},
      home,
      command: ['C:\\Program Files\\Lull\\Lull.exe', '--hidden', '--data', 'D:\\my data'],
    }).set(true);
    const item = { path: 'C:\\Program Files\\Lull\\Lull.exe', args: ['--hidden', '--data', '"D:\\my data"'] };
    expect(set()).toEqual({ openAtLogin: true, ...item });
    expect(electron.app.askedFor('getLoginItemSettings').at(-1)?.[1]).toEqual(item);
  });

  it('is the app as a whole on macOS', async () => {
    await app('darwin').set(true);
    expect(set()).toEqual({ openAtLogin: true });
  });

  it('says what to do when the system does not allow it', async () => {
    electron.app.forbidsLoginItems = true;
    await expect(app('darwin').set(true)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('login items') as string,
    });
  });

  it('starts this very app again, hidden, with its data and its network', () => {
    const from = electron.api.app;
    const argv = ['/opt/Lull/exe', '/home/me/my lull/main.js', '--accept'];
    expect(appLoginCommand(from, { argv, env: {} }, { data: undefined, network: undefined })).toEqual([
      '/opt/Lull/exe',
      '/home/me/my lull/main.js',
      '--hidden',
    ]);
    electron.app.isPackaged = true;
    const given = { data: '/data', network: 'https://network.example' };
    expect(appLoginCommand(from, { argv, env: { APPIMAGE: '/home/me/Lull.AppImage' } }, given)).toEqual([
      '/home/me/Lull.AppImage',
      '--hidden',
      '--data',
      '/data',
      '--network',
      'https://network.example',
    ]);
  });
});

describe('the headless host', () => {
  it('starts this very agent again, without its window, with what it was given', () => {
    expect(loginCommand({ port: 0 }, '/data', '/lull/lull.js')).toEqual([
      process.execPath,
      '/lull/lull.js',
      'agent',
      '--no-open',
      '--data',
      '/data',
    ]);
    const given = { network: 'https://network.example', port: 7000, passphraseFile: '/secret' };
    expect(loginCommand(given, '/data', '/lull/lull.js').slice(6)).toEqual([
      '--network',
      'https://network.example',
      '--port',
      '7000',
      '--passphrase-file',
      '/secret',
    ]);
  });

  const made = (change: Partial<Parameters<typeof hostAutostart>[0]> = {}): Autostart =>
    hostAutostart({ command: command(), platform: 'linux', env: {}, home, root: home, ...change });

  it('starts by systemd where that runs, else with the desktop', async () => {
    await made({ env: { XDG_CURRENT_DESKTOP: 'GNOME' } }).set(true);
    expect(files()).toEqual(['lull.desktop']);
    await made({ env: { XDG_CURRENT_DESKTOP: 'GNOME' } }).set(false);
    mkdirSync(join(home, 'run/systemd/system'), { recursive: true });
    await made({ env: { XDG_CURRENT_DESKTOP: 'GNOME' } }).set(true);
    expect(files()).toEqual(['lull.service', 'lull.service']);
  });

  it('starts by launchd on macOS', async () => {
    await made({ platform: 'darwin' }).set(true);
    expect(files()).toEqual(['app.lull.agent.plist']);
  });

  it('says that it knows no way where there is none', async () => {
    expect(await made().enabled()).toBeNull();
    expect(await made({ platform: 'win32' }).enabled()).toBeNull();
    await expect(made({ platform: 'win32' }).set(true)).rejects.toMatchObject({ code: 'internal' });
    expect(files()).toEqual([]);
  });
});
