// SPDX-License-Identifier: MIT
import type { PowerMonitor } from 'electron';

import type { Sensors } from '../../agent/ports.ts';
import type { Signals } from '../../protocol/signals.ts';

const CHANGES = ['lock-screen', 'unlock-screen', 'on-battery', 'on-ac', 'resume', 'suspend'] as const;
/** The idle state is asked for its `locked` only; the smallest threshold that Electron takes. */
const THRESHOLD_SECONDS = 1;

/**
 * Idle, lock and power as Electron sees them, over the sensors of the host (battery level, disk). Where both know
 * about the battery, either one is enough to be on it.
 */
export class PowerSensors implements Sensors {
  readonly #power: PowerMonitor;
  readonly #host: Sensors;
  readonly #listeners = new Set<() => void>();
  #lockedByEvent: boolean | undefined;
  #stopEvents: (() => void) | undefined;

  constructor(power: PowerMonitor, host: Sensors) {
    this.#power = power;
    this.#host = host;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#stopEvents !== undefined) return;
    const power: NodeJS.EventEmitter = this.#power;
    const hearing = CHANGES.map((name) => {
      const hear = (): void => this.#changed(name);
      power.on(name, hear);
      return () => power.removeListener(name, hear);
    });
    const stopHost = this.#host.onChange(() => this.#say());
    this.#stopEvents = () => {
      for (const stop of hearing) stop();
      stopHost();
    };
    await this.#host.start(signal);
  }

  async stop(): Promise<void> {
    this.#stopEvents?.();
    this.#stopEvents = undefined;
    await this.#host.stop();
  }

  read(): Signals {
    const host = this.#host.read();
    return {
      ...host,
      idleSeconds: this.#idle(host.idleSeconds),
      screenLocked: this.#locked() ?? host.screenLocked,
      onBattery: this.#power.isOnBatteryPower() || host.onBattery === true,
    };
  }

  programs(): readonly string[] | null {
    return this.#host.programs();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whoever works over a terminal is here as well: the latest input counts. */
  #idle(host: number | null): number | null {
    const idle = this.#power.getSystemIdleTime();
    if (!Number.isFinite(idle) || idle < 0) return host;
    return host === null ? idle : Math.min(idle, host);
  }

  #locked(): boolean | undefined {
    if (this.#lockedByEvent !== undefined) return this.#lockedByEvent;
    const state = this.#power.getSystemIdleState(THRESHOLD_SECONDS);
    return state === 'unknown' ? undefined : state === 'locked';
  }

  #changed(name: (typeof CHANGES)[number]): void {
    if (name === 'lock-screen') this.#lockedByEvent = true;
    if (name === 'unlock-screen') this.#lockedByEvent = false;
    this.#say();
  }

  #say(): void {
    for (const listener of this.#listeners) listener();
  }
}
