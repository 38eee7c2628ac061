// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';

const SHOWN_MS = 20_000;

export interface Notice {
  readonly kind: 'done' | 'failed';
  readonly text: string;
  readonly undo?: () => void;
}

/** What the page has to say about what was just done: one notice at a time, the newest. */
export class Notices {
  readonly #clock: Clock;
  #current = $state.raw<Notice>();
  #cancel = (): void => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get current(): Notice | undefined {
    return this.#current;
  }

  show(notice: Notice): void {
    this.#cancel();
    this.#current = notice;
    // A failure stays until it is read.
    if (notice.kind === 'done') this.#cancel = this.#clock.after(SHOWN_MS, () => this.dismiss());
  }

  fail(error: Error): void {
    this.show({ kind: 'failed', text: error.message });
  }

  dismiss(): void {
    this.#cancel();
    this.#current = undefined;
  }

  undo(): void {
    const undo = this.#current?.undo;
    this.dismiss();
    undo?.();
  }
}
