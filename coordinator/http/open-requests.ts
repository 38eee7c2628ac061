// SPDX-License-Identifier: MIT
import type { ServerResponse } from 'node:http';

/** The requests that are being served, each with the signal that ends it early. */
export class OpenRequests {
  readonly #open = new Set<AbortController>();
  #ending = false;

  get ending(): boolean {
    return this.#ending;
  }

  /** @returns a signal that aborts when the caller hangs up or the server closes */
  follow(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    this.#open.add(controller);
    response.once('close', () => {
      this.#open.delete(controller);
      if (!response.writableFinished) controller.abort();
    });
    if (this.#ending) controller.abort();
    return controller.signal;
  }

  endAll(): void {
    this.#ending = true;
    for (const controller of this.#open) controller.abort();
  }
}
