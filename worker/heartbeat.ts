// SPDX-License-Identifier: MIT

export interface HeartbeatParts {
  /** how often the computing thread has looked at its control block */
  readonly breaths: () => number;
  /** CPU time of this process, ms */
  readonly cpuMs: () => number;
  /** how much of it may pass between two breaths, ms */
  readonly mostSilentCpuMs: number;
}

/**
 * Notices a computing thread that has not looked at its control block for long: metered code always does within
 * milliseconds, but preparing a module and compiling one of its functions can take V8 minutes. It is CPU time that
 * counts: a process of the lowest priority may get none for long, and is not stuck then.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  #breaths: number;
  #cpuMsThen: number;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#breaths = parts.breaths();
    this.#cpuMsThen = parts.cpuMs();
  }

  get isMissed(): boolean {
    const { breaths, cpuMs, mostSilentCpuMs } = this.#parts;
    const now = breaths();
    if (now !== this.#breaths) {
      this.#breaths = now;
      this.#cpuMsThen = cpuMs();
      return false;
    }
    return cpuMs() - this.#cpuMsThen > mostSilentCpuMs;
  }
}
