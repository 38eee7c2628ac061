// SPDX-License-Identifier: MIT
import type { Sensors } from '../../agent/ports.ts';
import type { Signals } from '../../protocol/signals.ts';

/** Nobody there, mains power, plenty of disk. */
export const QUIET: Signals = {
  idleSeconds: 3600,
  screenLocked: false,
  onBattery: false,
  batteryPercent: null,
  powerSaver: false,
  thermal: 'nominal',
  cpuSpeedPercent: 100,
  othersCpuPercent: 2,
  fullScreen: false,
  presentation: false,
  microphoneInUse: false,
  cameraInUse: false,
  metered: false,
  freeMemoryBytes: 8e9,
  freeDiskBytes: 1e12,
  goingToSleep: false,
};

/** Sensors that say what the test says. */
export class FakeSensors implements Sensors {
  #signals: Signals;
  /** names of running programs */
  running: readonly string[] | null = [];
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

  programs(): readonly string[] | null {
    return this.running;
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
