// SPDX-License-Identifier: MIT
import type { Sensors } from '../../agent/ports.ts';
import type { Signals } from '../../protocol/agent-state.ts';

/** Nobody there, mains power, plenty of disk. */
export const QUIET: Signals = {
  idleSeconds: 3600,
  screenLocked: false,
  onBattery: false,
  batteryPercent: null,
  freeDiskBytes: 1e12,
};

/** Sensors that say what the test says. */
export class FakeSensors implements Sensors {
  #signals: Signals;
  readonly #listeners = new Set<() => void>();

  constructor(signals: Partial<Signals> = {}) {
    this.#signals = { ...QUIET, ...signals };
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Changes what is sensed; with `byEvent` the change is told, as a lock of the screen is. */
  set(signals: Partial<Signals>, byEvent = false): void {
    this.#signals = { ...this.#signals, ...signals };
    if (byEvent) for (const listener of [...this.#listeners]) listener();
  }

  read(): Signals {
    return this.#signals;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
