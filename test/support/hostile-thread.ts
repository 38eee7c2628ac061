// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

import { computeThreadFlags, dropPermissions } from '../../worker/permissions.ts';

/*
 * A process that starts a thread as the worker starts its compute thread; then both try what they may not do. Prints
 * one line of JSON: for each of the two, the code of the error that each attempt met, or "done".
 */

const ATTEMPTS: Readonly<Record<string, () => void>> = {
  read: () => readdirSync(tmpdir()),
  write: () => writeFileSync(`${tmpdir()}/lull-hostile-thread`, ''),
  spawn: () => spawnSync(process.execPath, ['--version']),
  debug: () => new Session().connect(),
  thread: () => new Worker('', { eval: true }),
  'thread without rules': () => new Worker('', { eval: true, execArgv: [] }),
};

function attempt(): Record<string, string> {
  const codeOf = (call: () => void): string => {
    try {
      call();
      return 'done';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  };
  return Object.fromEntries(Object.entries(ATTEMPTS).map(([name, call]) => [name, codeOf(call)]));
}

if (isMainThread) {
  const before = attempt();
  const thread = new Worker(import.meta.filename, {
    execArgv: computeThreadFlags(process.execArgv),
    env: {},
  });
  dropPermissions();
  thread.once('message', (compute: unknown) => {
    process.stdout.write(JSON.stringify({ before, compute, control: attempt() }));
    process.exit();
  });
} else {
  // Not even having given anything up.
  parentPort?.postMessage(attempt());
}
