// SPDX-License-Identifier: MIT
import { toError } from '../../../protocol/errors.ts';
import type { Signals } from '../../../protocol/signals.ts';
import { cached } from './cached.ts';
import { cpuSpeedOf } from './cpu-speed.ts';
import { heatOf } from './heat.ts';
import { idleSeconds, type IdleSource } from './idle.ts';
import { InputDevices } from './input-devices.ts';
import { LinuxBuses } from './linux-buses.ts';
import { meteredByDevice, meteredOf } from './metered.ts';
import { linuxPower, type Power } from './power-supply.ts';
import { cameraInUse, microphoneInUse } from './recording.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';
import { type Session, sessionsOf } from './sessions.ts';
import { lineOf } from './sysfs.ts';
import { Terminals } from './terminals.ts';
import { localDisplay, X11Display } from './x11-display.ts';
import { X11FullScreen } from './x11-full-screen.ts';
import { X11Idle } from './x11-idle.ts';

const POWER_EVERY_MS = 1000;
/** While UPower tells of every change. */
const POWER_TOLD_EVERY_MS = 10_000;
const RECORDING_EVERY_MS = 1000;
const HEAT_EVERY_MS = 5000;
const NETWORK_EVERY_MS = 10_000;
/** A terminal that was typed at so lately is in use, s. */
const TYPING_SECONDS = 300;

/** Everything that Linux tells but load, memory, disk and programs; sources and gaps are in this folder's README. */
export function linuxSensors(parts: SensorParts): SensorPart {
  return new LinuxSensors(parts);
}

class LinuxSensors implements SensorPart {
  readonly #parts: SensorParts;
  readonly #listeners = new Set<() => void>();
  readonly #said = new Set<string>();
  readonly #uid = process.getuid?.();
  readonly #sessions: () => readonly Session[];
  readonly #terminals: () => number | undefined;
  readonly #devices: InputDevices;
  readonly #buses: LinuxBuses;
  readonly #display: string | undefined;
  readonly #x11: X11Display | undefined;
  readonly #x11Idle: X11Idle;
  readonly #x11FullScreen = new X11FullScreen();
  readonly #idleSources: readonly IdleSource[];
  #power: { readonly value: Power | undefined; readonly at: number } | undefined;
  readonly #heat: () => Signals['thermal'];
  readonly #cpuSpeed: () => number | null;
  readonly #profile: () => string;
  readonly #microphone: () => boolean | null;
  readonly #camera: () => boolean | null;
  readonly #metered: () => boolean | null;

  constructor(parts: SensorParts) {
    this.#parts = parts;
    const { clock, logger, env = process.env, root = '' } = parts;
    const changed = (): void => this.#changed();
    const powerChanged = (): void => {
      this.#power = undefined;
      changed();
    };
    const every = <T>(everyMs: number, what: string, read: () => T): (() => T | undefined) =>
      cached<T | undefined>(clock, everyMs, read, (error) => this.#failed(what, error));
    this.#sessions = sessionsOf({ folder: `${root}/run/systemd/sessions`, env, uid: this.#uid });
    const terminals = new Terminals(clock, root);
    this.#terminals = () => {
      try {
        return terminals.seconds();
      } catch (error) {
        return this.#failed('terminals', toError(error));
      }
    };
    this.#devices = new InputDevices(clock, root);
    this.#buses = new LinuxBuses({ clock, logger, env, root, uid: this.#uid, changed, powerChanged });
    this.#x11Idle = new X11Idle(clock);
    this.#display = (env['WAYLAND_DISPLAY'] ?? '') === '' ? localDisplay(env) : undefined;
    const watches = [this.#x11Idle, this.#x11FullScreen];
    this.#x11 =
      this.#display === undefined
        ? undefined
        : new X11Display({ clock, logger, name: this.#display, watches, changed });
    this.#idleSources = this.#sources();
    const orNull =
      <T>(read: () => T | undefined): (() => T | null) =>
      () =>
        read() ?? null;
    this.#heat = orNull(every(HEAT_EVERY_MS, 'heat', heatOf(`${root}/sys`)));
    this.#cpuSpeed = orNull(every(HEAT_EVERY_MS, 'processor speed', cpuSpeedOf(`${root}/sys`, clock)));
    const profile = `${root}/sys/firmware/acpi/platform_profile`;
    this.#profile = cached(
      clock,
      HEAT_EVERY_MS,
      () => lineOf(profile),
      () => '',
    );
    const asound = `${root}/proc/asound`;
    this.#microphone = orNull(every(RECORDING_EVERY_MS, 'microphone', () => microphoneInUse(asound)));
    this.#camera = orNull(every(RECORDING_EVERY_MS, 'camera', () => cameraInUse(`${root}/sys`)));
    this.#metered = orNull(
      every(NETWORK_EVERY_MS, 'network', () => meteredByDevice(`${root}/proc`, `${root}/sys`)),
    );
  }

  read(): Partial<Signals> {
    this.#x11?.look();
    this.#buses.look();
    try {
      const sessions = this.#sessions();
      const graphical = sessions.filter(({ kind }) => kind !== 'text');
      return {
        idleSeconds: idleSeconds(sessions, this.#idleSources, (session) => this.#hint(session)),
        screenLocked: this.#locked(graphical),
        ...this.#powerNow(),
        powerSaver: this.#powerSaver(),
        thermal: this.#heat(),
        cpuSpeedPercent: this.#cpuSpeed(),
        fullScreen: this.#fullScreen(graphical.filter(({ active }) => active)),
        presentation: graphical.length === 0 ? false : this.#presentation(),
        microphoneInUse: this.#microphone(),
        cameraInUse: this.#camera(),
        metered: meteredOf(this.#buses.network.number('Metered')) ?? this.#metered(),
        goingToSleep: this.#buses.logind.goingToSleep ?? null,
      };
    } catch (error) {
      this.#failed('Linux', toError(error));
      return {};
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): Promise<void> {
    this.#x11?.start();
    this.#buses.start();
    this.#devices.start();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#x11?.stop();
    this.#buses.stop();
    this.#devices.stop();
    return Promise.resolve();
  }

  #sources(): IdleSource[] {
    const own = (session: Session): boolean => !session.remote && session.uid === this.#uid;
    return [
      { sees: () => false, seconds: this.#terminals },
      { sees: (session) => !session.remote, seconds: () => this.#devices.seconds() },
      {
        sees: ({ kind, display }) => kind === 'x11' && display === this.#display,
        seconds: () => this.#x11Idle.seconds(),
      },
      ...this.#buses.idle.map((source) => ({ sees: own, seconds: () => source.seconds() })),
    ];
  }

  /** What the session says of itself: later than the input was, by as long as it waits before it says so. */
  #hint({ id }: Session): number | undefined {
    const since = id === undefined ? undefined : this.#buses.logind.idleSince(id);
    return since === undefined ? undefined : Math.max(0, (this.#parts.clock.now() - since) / 1000);
  }

  /** Every screen, and nobody types at a terminal meanwhile. */
  #locked(graphical: readonly Session[]): boolean | null {
    if (graphical.length === 0) return false;
    const locks = graphical.map((session) => this.#sessionLocked(session));
    if (locks.includes(false)) return false;
    if (locks.includes(undefined)) return null;
    return (this.#terminals() ?? Infinity) >= TYPING_SECONDS;
  }

  #sessionLocked({ id, uid }: Session): boolean | undefined {
    const told = id === undefined ? undefined : this.#buses.logind.locked(id);
    if (told !== undefined || uid !== this.#uid) return told;
    return this.#buses.screenSavers.map(({ active }) => active).find((active) => active !== undefined);
  }

  #powerNow(): Pick<Signals, 'onBattery' | 'batteryPercent'> {
    const { upower, battery } = this.#buses;
    const told = upower.bool('OnBattery');
    const now = this.#parts.clock.monotonic();
    const every = told === undefined ? POWER_EVERY_MS : POWER_TOLD_EVERY_MS;
    if (this.#power === undefined || now - this.#power.at >= every)
      this.#power = { value: this.#readPower(), at: now };
    const { value } = this.#power;
    const percent = battery.bool('IsPresent') === true ? battery.number('Percentage') : undefined;
    return {
      onBattery: told === true ? true : (value?.onBattery ?? told ?? null),
      batteryPercent: value?.batteryPercent ?? percent ?? null,
    };
  }

  #readPower(): Power | undefined {
    try {
      return linuxPower(`${this.#parts.root ?? ''}/sys/class/power_supply`);
    } catch (error) {
      return this.#failed('power', toError(error));
    }
  }

  #powerSaver(): boolean | null {
    const profile = this.#profile();
    if (profile === 'low-power') return true;
    const told = this.#buses.profiles.map((profiles) => profiles.text('ActiveProfile'));
    const active = told.find((name) => name !== undefined);
    if (active !== undefined) return active === 'power-saver';
    // Nobody who offers it: there is nothing to be on.
    return profile !== '' || this.#buses.systemIsKnown ? false : null;
  }

  #fullScreen(used: readonly Session[]): boolean | null {
    const told = used.map(({ kind, display }) =>
      kind === 'x11' && display === this.#display ? this.#x11FullScreen.full : undefined,
    );
    if (told.includes(true)) return true;
    return told.includes(undefined) ? null : false;
  }

  #presentation(): boolean | null {
    const told = this.#buses.inhibitors.map(({ held }) => held);
    if (told.includes(true) || this.#buses.logind.keepsScreenOn === true) return true;
    return told.includes(false) ? false : null;
  }

  #failed(what: string, error: Error): undefined {
    // It is asked again and again: one line is enough.
    if (!this.#said.has(what)) this.#parts.logger.warn('A sensor failed', { what, error: error.message });
    this.#said.add(what);
    return undefined;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
