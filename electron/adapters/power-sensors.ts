// SPDX-License-Identifier: MIT
import type { PowerMonitor, Screen } from 'electron';

import type { Sensors } from '../../agent/ports.ts';
import type { Clock } from '../../protocol/clock.ts';
import { type Signals, thermalStateSchema } from '../../protocol/signals.ts';

/** The idle state is asked for its `locked` only; the smallest threshold that Electron takes. */
const THRESHOLD_SECONDS = 1;

export interface PowerSensorsParts {
  readonly power: PowerMonitor;
  readonly screen: Pick<Screen, 'getCursorScreenPoint'>;
  /** what plain Node knows on this system */
  readonly host: Sensors;
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
}

/** What one of two sensors knows to be true is true; what none knows is unknown. */
const either = (one: boolean | null | undefined, other: boolean | null): boolean | null =>
  one === true || other === true ? true : (one ?? other);

/**
 * Idle, lock, power, heat and sleep as Electron sees them, over the sensors of the host. Where both know, the careful one
 * of them counts.
 */
export class PowerSensors implements Sensors {
  readonly #parts: PowerSensorsParts;
  readonly #listeners = new Set<() => void>();
  #lockedByEvent: boolean | undefined;
  #speedLimit: number | undefined;
  #goingToSleep = false;
  /** somebody else's session is on the screen (fast user switching) */
  #resigned = false;
  #cursor: { readonly x: number; readonly y: number; readonly movedAt: number } | undefined;
  #stopEvents: (() => void) | undefined;

  constructor(parts: PowerSensorsParts) {
    this.#parts = parts;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#stopEvents !== undefined) return;
    const power: NodeJS.EventEmitter = this.#parts.power;
    const hearing = Object.entries(this.#changes()).map(([name, change]) => {
      const hear = (event?: { limit?: unknown }): void => {
        change(event);
        this.#say();
      };
      power.on(name, hear);
      return () => power.removeListener(name, hear);
    });
    const stopHost = this.#parts.host.onChange(() => this.#say());
    this.#stopEvents = () => {
      for (const stop of hearing) stop();
      stopHost();
    };
    await this.#parts.host.start(signal);
  }

  async stop(): Promise<void> {
    this.#stopEvents?.();
    this.#stopEvents = undefined;
    await this.#parts.host.stop();
  }

  read(): Signals {
    const { power, host: sensors } = this.#parts;
    const host = sensors.read();
    return {
      ...host,
      idleSeconds: this.#idle(host.idleSeconds),
      screenLocked: either(this.#locked(), host.screenLocked),
      onBattery: power.isOnBatteryPower() || host.onBattery === true,
      thermal: this.#thermal() ?? host.thermal,
      cpuSpeedPercent: this.#speedLimit ?? host.cpuSpeedPercent,
      goingToSleep: this.#goingToSleep || host.goingToSleep === true,
    };
  }

  programs(): readonly string[] | null {
    return this.#parts.host.programs();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What each event says; all of them make the agent look anew. */
  #changes(): Readonly<Record<string, (event?: { limit?: unknown }) => void>> {
    const nothing = (): void => undefined;
    return {
      'lock-screen': () => (this.#lockedByEvent = true),
      'unlock-screen': () => (this.#lockedByEvent = false),
      'on-battery': nothing,
      'on-ac': nothing,
      'thermal-state-change': nothing,
      'speed-limit-change': (event) => (this.#speedLimit = percentOf(event?.limit)),
      suspend: () => (this.#goingToSleep = true),
      resume: () => (this.#goingToSleep = false),
      shutdown: () => (this.#goingToSleep = true),
      'user-did-resign-active': () => (this.#resigned = true),
      'user-did-become-active': () => (this.#resigned = false),
    };
  }

  /**
   * Whoever works over a terminal is here as well: the latest input counts. On Linux the host asks the same desktop as
   * Electron does, and more of them: on Wayland Electron may say 0 for ever.
   */
  #idle(host: number | null): number | null {
    const moved = this.#sinceCursorMoved();
    if (this.#resigned) return null;
    const electron = this.#electronIdle();
    const idle =
      this.#parts.platform === 'linux'
        ? (host ?? electron)
        : host === null || electron === null
          ? (electron ?? host)
          : Math.min(electron, host);
    return idle === null ? null : Math.min(idle, moved);
  }

  #electronIdle(): number | null {
    const idle = this.#parts.power.getSystemIdleTime();
    return Number.isFinite(idle) && idle >= 0 ? idle : null;
  }

  /** A cursor that moves is input, also where the system does not count it (remote control, game pads), s. */
  #sinceCursorMoved(): number {
    const { screen, clock } = this.#parts;
    const { x, y } = screen.getCursorScreenPoint();
    const last = this.#cursor;
    if (last?.x === x && last.y === y) return (clock.monotonic() - last.movedAt) / 1000;
    // Where it lies at first says nothing about when it came there.
    this.#cursor = { x, y, movedAt: last === undefined ? -Infinity : clock.monotonic() };
    return last === undefined ? Infinity : 0;
  }

  #locked(): boolean | undefined {
    if (this.#lockedByEvent !== undefined) return this.#lockedByEvent;
    const state = this.#parts.power.getSystemIdleState(THRESHOLD_SECONDS);
    return state === 'unknown' ? undefined : state === 'locked';
  }

  #thermal(): Signals['thermal'] {
    if (this.#parts.platform !== 'darwin') return null;
    return thermalStateSchema.safeParse(this.#parts.power.getCurrentThermalState()).data ?? null;
  }

  #say(): void {
    for (const listener of this.#listeners) listener();
  }
}

const percentOf = (limit: unknown): number | undefined =>
  typeof limit === 'number' && limit >= 0 ? Math.min(100, limit) : undefined;
