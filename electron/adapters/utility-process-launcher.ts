// SPDX-License-Identifier: MIT
import type { ForkOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';

import type { UtilityProcess, utilityProcess } from 'electron';

import type { ForkProgram, ProgramChild } from '../../agent/adapters/fork-program.ts';

/** Ends a process by its id. Node's `process.kill` is one. */
export type KillByPid = (pid: number, signal: NodeJS.Signals) => void;

/** Electron takes no file handles and no IPC channel here; what is not piped or inherited is thrown away. */
function streamOf({ stdio }: ForkOptions, index: number): 'pipe' | 'inherit' | 'ignore' {
  const wanted: unknown = Array.isArray(stdio) ? stdio[index] : stdio;
  return wanted === 'pipe' || wanted === 'inherit' ? wanted : 'ignore';
}

/** A utility process with the face of a Node child, so that the agent knows no Electron. */
class UtilityChild extends EventEmitter implements ProgramChild {
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  connected = true;
  readonly #process: UtilityProcess;
  readonly #killByPid: KillByPid;
  #pid: number | undefined;
  #pendingKill: NodeJS.Signals | undefined;

  constructor(process: UtilityProcess, killByPid: KillByPid) {
    super();
    this.#process = process;
    this.#killByPid = killByPid;
    this.#pid = process.pid;
    process.once('spawn', () => {
      this.#pid = process.pid;
      this.emit('spawn');
      // Its id is known only now; a child that nobody wants any more must not outlive its start.
      if (this.#pendingKill !== undefined) this.kill(this.#pendingKill);
    });
    process.on('message', (message: unknown) => this.emit('message', message));
    process.once('exit', (code) => {
      this.connected = false;
      if (this.signalCode === null) this.exitCode = code;
      this.emit('exit', this.exitCode, this.signalCode);
      this.emit('close', this.exitCode, this.signalCode);
    });
  }

  get pid(): number | undefined {
    return this.#pid;
  }
  get stdout(): Readable | null {
    return this.#process.stdout as Readable | null;
  }
  get stderr(): Readable | null {
    return this.#process.stderr as Readable | null;
  }

  send(message: object): boolean {
    if (!this.connected) return false;
    this.#process.postMessage(message);
    return true;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    if (!this.connected) return false;
    if (this.#pid === undefined) {
      this.#pendingKill = signal;
      return true;
    }
    // UtilityProcess.kill() waits for the child on the main thread and has no force: the id has neither fault.
    try {
      this.#killByPid(this.#pid, signal);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
      throw error;
    }
    this.signalCode = signal;
    return true;
  }
}

/** Every child that this app has started and that still lives. */
export class UtilityProcessLauncher {
  readonly #utilityProcess: Pick<typeof utilityProcess, 'fork'>;
  readonly #bootstrap: string;
  readonly #killByPid: KillByPid;
  readonly #living = new Set<ProgramChild>();

  /** @param bootstrap the program of `utility-child.ts`, which gives a utility process the channel of a Node child */
  constructor(api: Pick<typeof utilityProcess, 'fork'>, bootstrap: string, killByPid: KillByPid) {
    this.#utilityProcess = api;
    this.#bootstrap = bootstrap;
    this.#killByPid = killByPid;
  }

  /** Ready to be handed to the agent's adapters. `detached` and IPC of the options have no meaning here. */
  readonly fork: ForkProgram = (entry, args, options) => {
    const child = new UtilityChild(this.#start(entry, args, options), this.#killByPid);
    this.#living.add(child);
    child.once('exit', () => this.#living.delete(child));
    return child;
  };

  pids(): number[] {
    return [...this.#living].flatMap((child) => (child.pid === undefined ? [] : [child.pid]));
  }

  /** By force, each by its id; also those that are only being started. */
  killAll(): void {
    for (const child of this.#living) child.kill('SIGKILL');
  }

  /** Under the permission model a child may read the bootstrap besides its own program. */
  #flags(flags: readonly string[]): string[] {
    if (!flags.includes('--permission')) return [...flags];
    // From sources, as tests run, the bootstrap is more than one file.
    const readable = this.#bootstrap.endsWith('.ts') ? dirname(this.#bootstrap) : this.#bootstrap;
    return [...flags, `--allow-fs-read=${readable}`];
  }

  #start(entry: string, args: readonly string[], options: ForkOptions): UtilityProcess {
    return this.#utilityProcess.fork(this.#bootstrap, [entry, ...args], {
      execArgv: this.#flags(options.execArgv ?? []),
      stdio: ['ignore', streamOf(options, 1), streamOf(options, 2)],
      serviceName: `Lull ${basename(entry).replace(/\.[jt]s$/, '')}`,
      disclaim: true,
      ...(options.env === undefined ? {} : { env: options.env }),
    });
  }
}
