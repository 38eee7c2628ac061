// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { Worker } from 'node:worker_threads';

import type { FromWorker, ToWorker } from '../../protocol/worker-messages.ts';
import { dropPermissions } from '../../worker/permissions.ts';

/*
 * A worker program whose own JavaScript is hostile: it tries what the arguments of its task say, and tells how that
 * went in its diagnostics: "done …", or the code of the error.
 */

const connected = (target: NetConnectOpts): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(target);
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', reject);
  });

const threadWithoutRules = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const code =
      'require("node:worker_threads").parentPort.postMessage(require("node:fs").readdirSync("/").length)';
    const thread = new Worker(code, { eval: true, execArgv: [] });
    thread.once('message', (entries) => resolve(`listed ${String(entries)}`));
    thread.once('error', reject);
  });

const ATTEMPTS: Readonly<Record<string, (target: string) => unknown>> = {
  'read a file': (path) => readFileSync(path, 'utf8').length,
  'list a folder': (path) => readdirSync(path).length,
  'write a file': (path) => writeFileSync(path, 'lull was here'),
  'open a database': async (path) => new (await import('node:sqlite')).DatabaseSync(path),
  'start a process': () => spawnSync(process.execPath, ['--version']).error,
  'start a thread without rules': threadWithoutRules,
  'load an addon': (path) => process.dlopen({ exports: {} }, path),
  'connect to a port': (port) => connected({ host: '127.0.0.1', port: Number(port) }),
  'connect to a path': (path) => connected({ path }),
  'look at the environment': () =>
    Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL')),
};

async function outcome(name: string, target: string): Promise<string> {
  try {
    const result = await ATTEMPTS[name]?.(target);
    if (result instanceof Error) throw result;
    return `done ${JSON.stringify(result)}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const tell = (message: FromWorker): void => void process.send?.(message);

process.on('disconnect', () => process.exit());
process.on('message', (message: ToWorker) => {
  if (message.type !== 'run') return;
  const [name = '', target = ''] = message.task.args;
  outcome(name, target).then(
    (diagnostics) =>
      tell({
        type: 'finished',
        outcome: { kind: 'completed' },
        outputBytes: 0,
        diagnostics,
        fuel: '0',
        cpuMs: 0,
        peakMemoryBytes: 0,
      }),
    () => process.exit(1),
  );
});
dropPermissions();
tell({ type: 'ready', permissions: process.permission !== undefined });
