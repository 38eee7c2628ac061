// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';

import { ended } from './private-bus.ts';

/** An X11 display without a screen. */
export class Xvfb implements AsyncDisposable {
  /** as `:42` */
  readonly display: string;
  readonly #server: ChildProcess;

  private constructor(display: string, server: ChildProcess) {
    this.display = display;
    this.#server = server;
  }

  /** @param display the one to be, else the first that is free */
  static async start(display?: string): Promise<Xvfb> {
    const which = display === undefined ? ['-displayfd', '3'] : [display, '-displayfd', '3'];
    const server = spawn('Xvfb', [...which, '-screen', '0', '800x600x24', '-nolisten', 'tcp', '-noreset'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const pipe = server.stdio[3];
    if (!(pipe instanceof Readable)) throw new Error('Xvfb has no pipe to say its number on');
    const said: unknown[] = await once(pipe, 'data');
    return new Xvfb(`:${String(said[0]).trim()}`, server);
  }

  /** Presses a key, as somebody who sits there does. */
  async press(key: string): Promise<void> {
    const tool = spawn('xdotool', ['key', key], {
      env: { ...process.env, DISPLAY: this.display },
      stdio: 'ignore',
    });
    await once(tool, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ended(this.#server);
  }
}
