// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Electron's program, or one sentence why this computer cannot show it. */
export type ElectronFound = { readonly path: string } | { readonly why: string };

const MIRROR = 'https://github.com/electron/electron/releases/download/';
const PROBE_MS = 3000;
/** The installer may unpack a copy from its cache without any network: it gets this long to begin. */
const GRACE_MS = 2000;
const EXECUTABLES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

const packageFolder = (): string => dirname(createRequire(import.meta.url).resolve('electron/package.json'));

function installed(): string | undefined {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const executable = EXECUTABLES[process.platform] ?? 'electron';
  if (override !== undefined && override !== '') return existing(join(override, executable));
  const recorded = join(packageFolder(), 'path.txt');
  return existsSync(recorded)
    ? existing(join(packageFolder(), 'dist', readFileSync(recorded, 'utf8')))
    : undefined;
}

const existing = (path: string): string | undefined => (existsSync(path) ? path : undefined);

/** Whether the place that Electron is downloaded from answers at all. */
async function isMirrorReachable(): Promise<boolean> {
  const mirror = process.env['npm_config_electron_mirror'] ?? process.env['ELECTRON_MIRROR'] ?? MIRROR;
  try {
    await fetch(mirror, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    // No route, no name, no answer in time: whatever it is, a download would not fare better.
    return false;
  }
}

const ended = (child: ChildProcess): Promise<boolean> =>
  new Promise((resolve) => {
    child.once('exit', (code) => resolve(code === 0));
    child.once('error', () => resolve(false));
  });

/** Runs Electron's own installer; gives up within seconds where its mirror cannot be reached. */
async function download(say: (text: string) => void): Promise<boolean> {
  const child = spawn(process.execPath, [join(packageFolder(), 'install.js')], { stdio: 'ignore' });
  const done = ended(child);
  const first = await Promise.race([
    done,
    isMirrorReachable().then((reachable) => (reachable ? 'reachable' : 'unreachable')),
  ]);
  if (typeof first === 'boolean') return first;
  if (first === 'reachable') {
    say('Downloading Electron, once (about 120 MB) … ');
    const worked = await done;
    say(worked ? 'done\n' : 'failed\n');
    return worked;
  }
  const unpacked = await Promise.race([done, sleep(GRACE_MS).then(() => undefined)]);
  if (unpacked !== undefined) return unpacked;
  if (existsSync(join(packageFolder(), 'dist'))) return done;
  child.kill('SIGKILL');
  return false;
}

/** Looks for Electron as it would have to run here: a display, a user it accepts, its binary. */
export async function findElectron(say: (text: string) => void): Promise<ElectronFound> {
  if (process.platform === 'linux') {
    if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return { why: 'there is no display' };
    if (process.getuid?.() === 0)
      return { why: 'Electron keeps its sandbox only for a user other than root' };
  }
  try {
    const path = installed() ?? ((await download(say)) ? installed() : undefined);
    return path === undefined ? { why: 'the Electron program could not be downloaded' } : { path };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return { why: 'Electron is not installed' };
  }
}
