// SPDX-License-Identifier: MIT
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';

/** What runs besides: nothing of it is forgotten at the end, and a failure that nobody expected is told. */
export class Background {
  readonly #logger: Logger;
  readonly #unexpected: (what: string, error: Error) => void;
  readonly #running = new Set<Promise<void>>();

  constructor(logger: Logger, unexpected: (what: string, error: Error) => void) {
    this.#logger = logger;
    this.#unexpected = unexpected;
  }

  run(what: string, work: Promise<void>): void {
    const watched = work
      .catch((thrown: unknown) => {
        const error = toError(thrown);
        this.#logger.error('Work in the background failed', { what, error: error.stack ?? error.message });
        this.#unexpected(what, error);
      })
      .finally(() => this.#running.delete(watched));
    this.#running.add(watched);
  }

  /** Resolves when all that runs has ended. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
