// SPDX-License-Identifier: MIT
import type { App } from 'electron';

import { type Clock, sleep } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';

/** Quitting waits for nothing longer than this. */
export const QUIT_WITHIN_MS = 3000;

export interface QuitOptions {
  readonly clock: Clock;
  /** asked for when it is needed: the log opens after the app can already be quit */
  readonly logger: () => Logger;
  /** What to end, in this order, each in turn. */
  readonly steps: () => readonly (() => Promise<void> | void)[];
  /** Ends by their ids the children that are still there. */
  readonly killChildren: () => void;
}

/** Ends the app once and in order, however often and from wherever it is asked to. */
export class Quit {
  readonly #app: Pick<App, 'on' | 'exit'>;
  readonly #options: QuitOptions;
  #quitting: Promise<void> | undefined;

  constructor(app: Pick<App, 'on' | 'exit'>, options: QuitOptions) {
    this.#app = app;
    this.#options = options;
    app.on('before-quit', (event) => {
      event.preventDefault();
      this.#begin();
    });
  }

  #begin(): void {
    this.#quitting ??= this.#run();
  }

  async #run(): Promise<void> {
    const { clock, logger, killChildren } = this.#options;
    const patience = new AbortController();
    const inTime = await Promise.race([
      this.#steps().then(() => true),
      sleep(clock, QUIT_WITHIN_MS, patience.signal).then(() => false),
    ]);
    patience.abort();
    if (!inTime) logger().warn('Something did not end in time; its processes are ended by force.');
    killChildren();
    this.#app.exit(0);
  }

  async #steps(): Promise<void> {
    for (const step of this.#options.steps()) {
      try {
        await step();
      } catch (error) {
        this.#options.logger().error('A part failed to end; the others are ended.', {
          error: toError(error).message,
        });
      }
    }
  }
}
