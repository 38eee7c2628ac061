// SPDX-License-Identifier: MIT
import { createSubscriber } from 'svelte/reactivity';

import type { Clock } from '../../protocol/clock.ts';

const SECOND_MS = 1000;

/** The time, once a second, and only while something on the page reads it and the page can be seen. */
export class Time {
  readonly #clock: Clock;
  readonly #subscribe: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#subscribe = createSubscriber((update) => {
      let cancel = (): void => undefined;
      const tick = (): void => {
        update();
        wait();
      };
      const wait = (): void => {
        cancel();
        // Just after the second turns over, so that all countdowns step together.
        if (!document.hidden) cancel = clock.after(SECOND_MS - (clock.now() % SECOND_MS) + 5, tick);
      };
      document.addEventListener('visibilitychange', tick);
      wait();
      return () => {
        document.removeEventListener('visibilitychange', tick);
        cancel();
      };
    });
  }

  /** ms since the epoch */
  get now(): number {
    this.#subscribe();
    return this.#clock.now();
  }
}
