// SPDX-License-Identifier: MIT
import type { ForkOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';

import type { ForkProgram, ProgramChild } from '../../agent/adapters/fork-program.ts';
import type { ToWorker } from '../../protocol/worker-messages.ts';

/** A child process that exists only on paper: the test says what it says and when it ends. */
export class FakeProgramChild extends EventEmitter implements ProgramChild {
  readonly pid: number;
  readonly options: ForkOptions;
  readonly stdout = null;
  readonly stderr = null;
  readonly received: ToWorker[] = [];
  readonly signals: NodeJS.Signals[] = [];
  /** whether it ends on SIGTERM */
  isObedient = true;
  connected = true;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;

  constructor(pid: number, options: ForkOptions) {
    super();
    this.pid = pid;
    this.options = options;
  }

  send(message: object): boolean {
    this.received.push(message as ToWorker);
    return true;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    this.signals.push(signal);
    if (this.isObedient || signal === 'SIGKILL') this.exit(null, signal);
    return true;
  }

  say(message: unknown): void {
    this.emit('message', message);
  }

  exit(code: number | null, signal: NodeJS.Signals | null = null): void {
    if (!this.connected) return;
    this.connected = false;
    this.exitCode = code;
    this.signalCode = signal;
    this.emit('exit', code, signal);
  }
}

/** Starts children on paper. */
export class FakeLauncher {
  readonly children: FakeProgramChild[] = [];

  readonly launch: ForkProgram = (_entry, _args, options) => {
    const child = new FakeProgramChild(2_000_000_000 + this.children.length, options);
    this.children.push(child);
    return child;
  };

  get newest(): FakeProgramChild {
    const child = this.children.at(-1);
    if (child === undefined) throw new Error('no child was started');
    return child;
  }
}
