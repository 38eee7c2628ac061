// SPDX-License-Identifier: MIT
import { abortable } from './abortable.ts';

/** Something that is allowed at some times: what is under way hears when it ends, what waits when it begins. */
export class Gate {
  #closing = new AbortController();
  #opening: PromiseWithResolvers<void> | undefined;

  get isOpen(): boolean {
    return this.#opening === undefined;
  }

  /** Aborts when the gate closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** @returns whether this changed anything */
  set(open: boolean): boolean {
    if (open === this.isOpen) return false;
    if (open) {
      this.#closing = new AbortController();
      this.#opening?.resolve();
      this.#opening = undefined;
    } else {
      this.#opening = Promise.withResolvers();
      this.#closing.abort();
    }
    return true;
  }

  /** Resolves once it is open. @throws the signal's reason when it aborts */
  async opened(signal: AbortSignal): Promise<void> {
    while (this.#opening !== undefined) await abortable(this.#opening.promise, signal);
  }
}
