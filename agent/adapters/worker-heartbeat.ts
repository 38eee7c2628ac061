// SPDX-License-Identifier: MIT

/** What a worker says of its computing thread. */
export interface Beat {
  /** how often it has looked at its control block; wraps around */
  readonly breaths: number;
  /** CPU time of its process, ms */
  readonly cpuMs: number;
}

/**
 * Notices a computing thread that has not looked at its control block for long: metered code always does within
 * milliseconds, but preparing a module and compiling one of its functions can take V8 minutes. It is CPU time that
 * counts: a process of the lowest priority may get none for long, and is not stuck then.
 */
export class WorkerHeartbeat {
  readonly #mostSilentCpuMs: number;
  #last: Beat = { breaths: 0, cpuMs: 0 };

  /** @param mostSilentCpuMs how much CPU time may pass between two breaths, ms */
  constructor(mostSilentCpuMs: number) {
    this.#mostSilentCpuMs = mostSilentCpuMs;
  }

  /** @returns whether it has been silent for too long */
  isMissed(beat: Beat): boolean {
    if (beat.breaths !== this.#last.breaths) this.#last = beat;
    return beat.cpuMs - this.#last.cpuMs > this.#mostSilentCpuMs;
  }
}
