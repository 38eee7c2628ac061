// SPDX-License-Identifier: MIT
import type { PowerSaveBlocker } from 'electron';

import type { KeepAwake } from '../../agent/ports.ts';

/** Keeps the system from sleeping while tasks run; the screen may go dark. */
export class BlockerKeepAwake implements KeepAwake {
  readonly #blocker: PowerSaveBlocker;
  #id: number | undefined;

  constructor(blocker: PowerSaveBlocker) {
    this.#blocker = blocker;
  }

  set(awake: boolean): boolean {
    if (awake) this.#id ??= this.#blocker.start('prevent-app-suspension');
    else if (this.#id !== undefined) {
      this.#blocker.stop(this.#id);
      this.#id = undefined;
    }
    return this.#id !== undefined && this.#blocker.isStarted(this.#id);
  }
}
