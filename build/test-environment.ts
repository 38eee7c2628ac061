// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export type Need =
  'chromium' | 'secret-service' | 'xvfb' | 'xdotool' | 'postgresql' | 'clang' | 'dbusmock' | 'upower';

interface Requirement {
  /** what is tested with it, for people */
  readonly purpose: string;
  /** Debian packages that bring it */
  readonly packages: readonly string[];
  readonly isThere: () => boolean;
}

/** The first of these programs that PATH has. */
export const findProgram = (...names: readonly string[]): string | undefined => {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not in this folder: the next one is asked.
      }
    }
  }
  return undefined;
};

const has = (...names: readonly string[]): boolean => findProgram(...names) !== undefined;

/** The folder with initdb and postgres; Debian keeps them off PATH, by version. */
export const findPostgresFolder = (): string | undefined => {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((x, y) => Number(y) - Number(x)) : [];
  const folders = versions.map((version) => join(debian, version, 'bin'));
  const onPath = findProgram('initdb');
  if (onPath !== undefined) folders.push(join(onPath, '..'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
};

/** UPower's daemon; each distribution keeps it elsewhere off PATH. */
export const findUpowerDaemon = (): string | undefined =>
  ['/usr/libexec/upowerd', '/usr/lib/upower/upowerd', '/usr/lib/upowerd'].find((path) => existsSync(path));

/** Whether clang makes a WASI command: it needs its linker, a libc and the builtins, each a package of its own. */
const compilesWasi = (): boolean => {
  const source = 'int main(int argc, char **argv) { (void)argv; return argc; }';
  const flags = ['--target=wasm32-wasi', '-O1', '-x', 'c', '-', '-o', '/dev/null'];
  return spawnSync('clang', flags, { input: source, timeout: 60_000 }).status === 0;
};

/** Everything that some test needs and npm does not bring. */
export const REQUIREMENTS: Readonly<Record<Need, Requirement>> = {
  chromium: {
    purpose: 'the renderer in a browser',
    packages: ['chromium', 'fonts-dejavu-core'],
    isThere: () => has('chromium', 'chromium-browser', 'google-chrome'),
  },
  'secret-service': {
    purpose: 'keys in the keychain',
    packages: ['gnome-keyring', 'dbus', 'dbus-x11', 'libsecret-1-0'],
    isThere: () => has('gnome-keyring-daemon') && has('dbus-run-session'),
  },
  xvfb: { purpose: 'a display for tests', packages: ['xvfb'], isThere: () => has('Xvfb') },
  xdotool: { purpose: 'input by keyboard and mouse', packages: ['xdotool'], isThere: () => has('xdotool') },
  dbusmock: {
    purpose: 'programs that play logind, UPower, NetworkManager and a desktop on a private D-Bus',
    packages: ['dbus-daemon', 'python3-dbusmock'],
    isThere: () =>
      has('dbus-daemon') &&
      spawnSync('/usr/bin/python3', ['-c', 'import dbusmock'], { timeout: 60_000 }).status === 0,
  },
  upower: {
    purpose: 'UPower itself on a battery that is played',
    packages: ['dbus-daemon', 'upower', 'umockdev'],
    isThere: () => has('dbus-daemon') && has('umockdev-run') && findUpowerDaemon() !== undefined,
  },
  postgresql: {
    purpose: 'the coordinator on PostgreSQL',
    packages: ['postgresql'],
    isThere: () => findPostgresFolder() !== undefined,
  },
  clang: {
    purpose: 'compiling C to WASI',
    packages: ['clang', 'lld', 'wasi-libc', 'libclang-rt-14-dev-wasm32'],
    isThere: compilesWasi,
  },
};

export const missingNeeds = (): Need[] =>
  (Object.keys(REQUIREMENTS) as Need[]).filter((need) => !REQUIREMENTS[need].isThere());

/** What a person types to get them. */
export const installCommand = (needs: readonly Need[]): string =>
  `apt-get install ${needs.flatMap((need) => REQUIREMENTS[need].packages).join(' ')}`;

const apt = (...args: readonly string[]): { ok: boolean; output: string } => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', env, timeout: 600_000 });
  return { ok: status === 0, output: `${stdout}${stderr}` };
};

/**
 * Installs what is missing where that is ours to do (root on Debian); elsewhere says what to install. Tests whose
 * needs stay unmet skip themselves with the reason.
 */
export const provideNeeds = (say: (line: string) => void): void => {
  const missing = missingNeeds();
  if (missing.length === 0) return;
  const names = missing.map((need) => `${need} (${REQUIREMENTS[need].purpose})`).join(', ');
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    say(
      `Not installed: ${names}. Tests that need them are skipped; on Debian: sudo ${installCommand(missing)}`,
    );
    return;
  }
  say(`Installing what the tests need: ${names} …`);
  apt('update', '-qq');
  for (const need of missing) {
    const { ok, output } = apt(
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      ...REQUIREMENTS[need].packages,
    );
    if (ok && REQUIREMENTS[need].isThere()) continue;
    const why = output.trim().split('\n').slice(-3).join('\n');
    say(`Installing ${need} did not succeed, its tests are skipped.${why === '' ? '' : `\n${why}`}`);
  }
};
