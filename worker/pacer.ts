// SPDX-License-Identifier: MIT
import type { ControlBlock } from './control-block.ts';
import type { Throttle } from './throttle.ts';

export interface PacerParts {
  readonly control: ControlBlock;
  readonly throttle: Throttle;
  /** told on the computing thread, before it sleeps and after it wakes */
  readonly onParked: (parked: boolean) => void;
}

/** Makes the computing thread do what the control block says, each time that the thread looks. */
export class Pacer {
  readonly #parts: PacerParts;
  /** the number of the command that it lives by; none after a pause */
  #heeded: number | undefined;

  constructor(parts: PacerParts) {
    this.#parts = parts;
  }

  /** Sleeps while parked, rests as the cap says. @returns false when the task is to end */
  breathe(consumedFuel: bigint): boolean {
    const { control, throttle } = this.#parts;
    control.reportBreath(consumedFuel);
    for (;;) {
      // Read before anything that depends on it: a command that comes in between cuts the sleep short.
      const changes = control.changes;
      if (changes !== this.#heeded) {
        if (control.stopped) return false;
        if (control.parked) {
          this.#park();
          continue;
        }
        throttle.begin(control.duty, control.phase);
        this.#heeded = changes;
      }
      const restMs = throttle.restMs();
      if (restMs <= 0) return true;
      control.waitForChange(changes, restMs);
    }
  }

  #park(): void {
    const { control, throttle, onParked } = this.#parts;
    throttle.pause();
    onParked(true);
    for (;;) {
      const changes = control.changes;
      if (!control.parked || control.stopped) break;
      control.waitForChange(changes);
    }
    onParked(false);
    this.#heeded = undefined;
  }
}
