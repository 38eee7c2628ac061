// SPDX-License-Identifier: MIT

/** Every long-lived thing. `stop()` may be called at any time and any number of times. */
export interface Startable {
  /** @param signal aborts the start itself; a started thing is ended by `stop()`. */
  start(signal: AbortSignal): Promise<void>;
  /** Ends gracefully, then by force; resolves when nothing of it is left running. */
  stop(): Promise<void>;
}
