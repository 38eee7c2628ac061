// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';

/** `work`: there may be something to hand out. A number: news for the device with that row. */
type Topic = 'work' | number;

/** One poll that waits. It hears of everything since `listen`, also of what came before `wait`. */
class Listener {
  #fired = false;
  #resolve: (() => void) | undefined;
  readonly topics: ReadonlySet<Topic>;

  constructor(topics: ReadonlySet<Topic>) {
    this.topics = topics;
  }

  fire(): void {
    this.#fired = true;
    this.#resolve?.();
  }

  /** Resolves at the next news, after `delayMs`, or when the signal aborts; never rejects. */
  wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#fired || signal.aborted) {
        this.#fired = false;
        return resolve();
      }
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        this.#resolve = undefined;
        this.#fired = false;
        resolve();
      };
      const cancel = clock.after(delayMs, done);
      signal.addEventListener('abort', done, { once: true });
      this.#resolve = done;
    });
  }
}

/** Wakes held polls of this process. Other processes on the same database look for themselves. */
export class Waker {
  readonly #listeners = new Set<Listener>();

  listen(topics: readonly Topic[]): Listener & Disposable {
    const listener = new Listener(new Set(topics));
    this.#listeners.add(listener);
    return Object.assign(listener, { [Symbol.dispose]: () => void this.#listeners.delete(listener) });
  }

  wake(topic: Topic): void {
    for (const listener of [...this.#listeners]) if (listener.topics.has(topic)) listener.fire();
  }
}
