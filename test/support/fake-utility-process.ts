// SPDX-License-Identifier: MIT
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';

import type { ForkOptions, utilityProcess } from 'electron';

type Fork = (modulePath: string, args?: string[], options?: ForkOptions) => unknown;
const asElectron = (fork: Fork): Pick<typeof utilityProcess, 'fork'> => ({
  fork: fork as typeof utilityProcess.fork,
});

/** A utility process that does what the test says. */
export class FakeUtilityProcess extends EventEmitter {
  pid: number | undefined;
  readonly stdout = null;
  readonly stderr = null;
  readonly posted: unknown[] = [];

  postMessage(message: unknown): void {
    this.posted.push(message);
  }
  spawned(pid: number): void {
    this.pid = pid;
    this.emit('spawn');
  }
}

/** Records what was forked; starts nothing. */
export class FakeUtilityProcesses {
  readonly forked: {
    modulePath: string;
    args: string[];
    options: ForkOptions;
    process: FakeUtilityProcess;
  }[] = [];
  readonly api = asElectron((modulePath, args = [], options = {}) => {
    const process = new FakeUtilityProcess();
    this.forked.push({ modulePath, args, options, process });
    return process;
  });
}

class NodeUtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    super();
    this.#child = child;
    child.once('spawn', () => this.emit('spawn'));
    child.on('message', (message) => this.emit('message', message));
    child.once('exit', (code, signal) => this.emit('exit', code ?? (signal === null ? 0 : 9)));
  }
  get pid(): number | undefined {
    return this.#child.pid;
  }
  get stdout(): ChildProcess['stdout'] {
    return this.#child.stdout;
  }
  get stderr(): ChildProcess['stderr'] {
    return this.#child.stderr;
  }
  postMessage(message: object): void {
    this.#child.send(message);
  }
}

/** Real child processes behind Electron's face: structured clone both ways, a parentPort instead of a channel. */
export const nodeUtilityProcesses = asElectron((modulePath, args = [], options = {}) => {
  const emulation = join(import.meta.dirname, 'parent-port-emulation.ts');
  const flags = options.execArgv ?? [];
  const child = fork(modulePath, args, {
    execArgv: [
      '--import',
      emulation,
      ...flags,
      ...(flags.includes('--permission') ? [`--allow-fs-read=${emulation}`] : []),
    ],
    stdio: ['ignore', ...(options.stdio as ('pipe' | 'ignore' | 'inherit')[]).slice(1), 'ipc'],
    serialization: 'advanced',
    ...(options.env === undefined ? {} : { env: options.env as NodeJS.ProcessEnv }),
  });
  return new NodeUtilityProcess(child);
});
