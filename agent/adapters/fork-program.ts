// SPDX-License-Identifier: MIT
import { fork, type ForkOptions } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * A program of ours that runs as a child and is spoken to by messages. Node's ChildProcess is one; so is what
 * Electron's utility process is wrapped in. Events as Node has them: `message`, `exit` (code, signal), `error`.
 */
export interface ProgramChild extends EventEmitter {
  readonly pid?: number | undefined;
  readonly connected: boolean;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  readonly stderr: Readable | null;
  readonly stdout: Readable | null;
  /** @returns false when the child is gone or cannot take more now */
  send(message: object): boolean;
  kill(signal?: NodeJS.Signals): boolean;
}

/** How this host starts a program: `fork` of node:child_process, or Electron's utilityProcess. */
export type ForkProgram = (entry: string, args: readonly string[], options: ForkOptions) => ProgramChild;

/**
 * `fork` of Node. A child that could not be started has no id: when even forking failed, a signal to it would go to the
 * whole group of this very process. Here it goes nowhere.
 */
export const forkNode: ForkProgram = (entry, args, options) => {
  const child = fork(entry, args, options);
  if (child.pid === undefined) child.kill = () => false;
  return child;
};
