// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { BuildError, DIST, ensureBuilt } from './build.ts';
import { findElectron } from './electron-binary.ts';

const USAGE = `Starts Lull: the tray app where Electron can run, else the same window in your browser.

  npm start -- [options]

  --headless            without Electron, even where it could run
  --network URL         join this network instead of a network of one on this computer
  --data DIR            keep everything in this folder
  --no-open             print the address instead of opening the browser
  --port N              serve the window on this port of 127.0.0.1
  --accept              agree to run tasks without the consent screen
`;

/** A tray app that ends this soon, and not by choice, never really started. */
const EARLY_MS = 10_000;

const ORPHAN_LOOK_MS = 500;

interface Options {
  readonly headless: boolean;
  /** for both hosts */
  readonly common: readonly string[];
  /** for the headless one only */
  readonly web: readonly string[];
}

function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean' },
      headless: { type: 'boolean', default: false },
      network: { type: 'string' },
      data: { type: 'string' },
      open: { type: 'boolean', default: true },
      port: { type: 'string' },
      accept: { type: 'boolean', default: false },
    },
  });
  if (values.help === true) return undefined;
  const option = (name: 'network' | 'data' | 'port'): string[] => {
    const value = values[name];
    return value === undefined ? [] : [`--${name}`, value];
  };
  return {
    headless: values.headless,
    common: [...option('network'), ...option('data'), ...(values.accept ? ['--accept'] : [])],
    web: [...option('port'), ...(values.open ? [] : ['--no-open'])],
  };
}

/** npm, and the shell that it starts us through: Linux tells who that shell's own parent is. */
function ancestors(): string {
  if (process.platform !== 'linux') return String(process.ppid);
  try {
    return `${process.ppid} ${/^PPid:\s+([0-9]+)/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8'))?.[1] ?? ''}`;
  } catch {
    // The shell is just gone.
    return '';
  }
}

/** Calls once when whoever started us is gone without a word: killed, or ended by a signal that npm kept. */
function onOrphaned(call: () => void): () => void {
  const first = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === first) return;
    clearInterval(timer);
    call();
  }, ORPHAN_LOOK_MS);
  return () => clearInterval(timer);
}

/**
 * Hands Ctrl-C on to the host, which stops its own children. The host also hears it from the terminal, and
 * counts both as one; when we are killed, it notices through the channel.
 */
function run(command: string, args: readonly string[]): Promise<number | string> {
  const child: ChildProcess = spawn(command, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // Windows has no signals to send; there a closed channel says the same.
  const forward = (signal: NodeJS.Signals): void => {
    if (process.platform !== 'win32') child.kill(signal);
    else if (child.connected) child.disconnect();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  const stopLooking = onOrphaned(() => forward('SIGTERM'));
  return new Promise((resolve) => {
    const end = (outcome: number | string): void => {
      stopLooking();
      for (const signal of signals) process.off(signal, forward);
      resolve(outcome);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(code ?? signal ?? 1));
  });
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const say = (text: string): void => void process.stderr.write(text);
  await ensureBuilt(say);

  const headless = async (): Promise<number> => {
    const outcome = await run(process.execPath, [
      join(DIST, 'lull.js'),
      'agent',
      ...options.common,
      ...options.web,
    ]);
    return typeof outcome === 'number' ? outcome : 1;
  };
  if (options.headless) return headless();

  const found = await findElectron(say);
  let why = 'why' in found ? found.why : undefined;
  if ('path' in found) {
    const began = performance.now();
    const outcome = await run(found.path, [join(DIST, 'electron/main.js'), ...options.common]);
    if (outcome === 0 || performance.now() - began > EARLY_MS)
      return typeof outcome === 'number' ? outcome : 1;
    if (outcome === 'SIGINT' || outcome === 'SIGTERM' || outcome === 'SIGHUP') return 0;
    why = `Electron ended at once (${outcome})`;
  }
  process.stdout.write(
    `Lull runs without its tray app, because ${why}: its window opens in the browser instead.\n`,
  );
  return headless();
}

try {
  process.exitCode = await main();
} catch (error) {
  const isExpected = error instanceof BuildError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(
    `${isExpected ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exitCode = error instanceof BuildError ? 1 : 2;
}
