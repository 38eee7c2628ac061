// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';

/** How long a worker may take to park by itself before its whole process is stopped, ms. */
export const FREEZE_AFTER_MS = 100;

interface WorkerFreezerParts {
  readonly clock: Clock;
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  readonly changed: (frozen: boolean) => void;
}

/**
 * Parks a worker that cannot park itself: while V8 compiles a huge function, for seconds, the computing thread looks
 * at nothing. Only for systems that end a stopped process together with its agent; else it would stay for ever.
 */
export class WorkerFreezer {
  readonly #parts: WorkerFreezerParts;
  #commanded = false;
  #saysParked = false;
  #isFrozen = false;
  #cancel: () => void = () => undefined;

  constructor(parts: WorkerFreezerParts) {
    this.#parts = parts;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** To be called before the command is sent to the worker. */
  command(parked: boolean): void {
    if (parked === this.#commanded) return;
    this.#commanded = parked;
    this.#cancel();
    if (!parked) return this.#thaw();
    // A worker that is still parked has not heard of the command before this one.
    this.#saysParked = false;
    this.#cancel = this.#parts.clock.after(FREEZE_AFTER_MS, () => this.#freeze());
  }

  /** The worker says whether it is parked. */
  heard(parked: boolean): void {
    this.#saysParked = parked;
    if (parked) this.#cancel();
  }

  end(): void {
    this.#cancel();
  }

  #freeze(): void {
    if (this.#saysParked) return;
    this.#isFrozen = true;
    this.#parts.signal('SIGSTOP');
    this.#parts.changed(true);
  }

  #thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    this.#parts.signal('SIGCONT');
    this.#parts.changed(false);
  }
}
