// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  Tray,
  utilityProcess,
} from 'electron';

import { resolveDataFolder } from '../agent/adapters/data-folder.ts';
import { systemClock } from '../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../agent/adapters/worker-pool.ts';
import { runShell } from './shell.ts';
import { startAgent } from './start-agent.ts';

// The only file that loads Electron in the main process; as built it lies in dist/electron/.
const HERE = import.meta.dirname;
const DIST = join(HERE, '..');

const { version } = JSON.parse(readFileSync(join(DIST, '..', 'package.json'), 'utf8')) as { version: string };

const agentOptions: Parameters<typeof startAgent>[0] = {
  clock: systemClock,
  version,
  programs: { coordinator: join(DIST, 'coordinator.js'), examples: join(DIST, 'examples') },
  workerPool: ({ clock, logger, fork }) =>
    forkWorkerPool({ entry: join(DIST, 'worker.js'), clock, logger, launch: fork }),
  useSystemKeychain: true,
  passphrase: process.env['LULL_PASSPHRASE'],
};

// Not awaited: Electron becomes ready only when this module has been evaluated.
runShell(
  {
    app,
    BrowserWindow,
    dialog,
    ipcMain,
    Menu,
    nativeImage,
    nativeTheme,
    powerMonitor,
    powerSaveBlocker,
    protocol,
    screen,
    session,
    Tray,
    utilityProcess,
  },
  {
    clock: systemClock,
    platform: process.platform,
    argv: process.argv,
    desktop: process.env['XDG_CURRENT_DESKTOP'] ?? '',
    env: process.env,
    home: homedir(),
    files: {
      renderer: join(DIST, 'renderer'),
      preload: join(HERE, 'preload.cjs'),
      utilityChild: join(HERE, 'utility-child.mjs'),
      assets: join(DIST, '..', 'assets'),
    },
    killByPid: (pid, signal) => process.kill(pid, signal),
    process,
    say: (line) => void process.stdout.write(`${line}\n`),
    dataFolder: (given) => resolveDataFolder({ given, env: process.env }),
    startAgent: (parts, signal) => startAgent(agentOptions, parts, signal),
  },
).catch((error: unknown) => {
  throw error;
});
