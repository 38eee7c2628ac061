// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';

import { toError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { KeepAwake } from '../ports.ts';
import { endChild } from './end-child.ts';

type StartChild = (command: string, args: readonly string[]) => ChildProcess;

export interface KeepAwakeParts {
  readonly logger: Logger;
  readonly platform?: NodeJS.Platform;
  readonly startChild?: StartChild;
}

/** What holds the computer awake while it runs. Each ends by itself when this process does, however that ends. */
function holder(platform: NodeJS.Platform): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['caffeinate', '-i', '-w', String(process.pid)];
  if (platform === 'linux')
    return [
      'systemd-inhibit',
      '--what=sleep',
      '--mode=block',
      '--who=Lull',
      '--why=Work is being done while nobody uses this computer',
      // Ends when its input does.
      'cat',
    ];
  return undefined;
}

const quietChild: StartChild = (command, args) =>
  spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'], windowsHide: true });

/** Keeps the computer awake by a child process of the system's own. The screen may go dark. */
class ChildKeepAwake implements KeepAwake {
  readonly #command: readonly [string, ...string[]] | undefined;
  readonly #startChild: StartChild;
  readonly #logger: Logger;
  #child: ChildProcess | undefined;
  /** the system has no such program, or refused: it is not asked again until it was not wanted for once */
  #refused = false;

  constructor({ logger, platform = process.platform, startChild = quietChild }: KeepAwakeParts) {
    this.#command = holder(platform);
    this.#startChild = startChild;
    this.#logger = logger;
  }

  set(awake: boolean): boolean {
    if (!awake) this.#end();
    else if (this.#child === undefined && !this.#refused) this.#begin();
    return this.#child?.pid !== undefined;
  }

  #begin(): void {
    const [command, ...args] = this.#command ?? [];
    if (command === undefined) return;
    try {
      const child = this.#startChild(command, args);
      this.#child = child;
      child.on('error', (error) => this.#gone(child, error.message));
      child.on('exit', (code, signal) => this.#gone(child, `it ended with ${signal ?? code}`));
      // A child that has gone takes no end of input.
      child.stdin?.on('error', () => undefined);
    } catch (error) {
      this.#refused = true;
      this.#logger.warn('The computer cannot be kept awake', { command, error: toError(error).message });
    }
  }

  #gone(child: ChildProcess, why: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#refused = true;
    this.#logger.warn('The computer is not kept awake any more', { why });
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#refused = false;
    // By its own id; its input ends as well.
    child?.stdin?.end();
    if (child !== undefined) endChild(child);
  }
}

/** Keeping awake without Electron; where no way is known, it never holds. */
export const headlessKeepAwake = (parts: KeepAwakeParts): KeepAwake => new ChildKeepAwake(parts);
