// SPDX-License-Identifier: MIT
import type { Clock } from '../../../protocol/clock.ts';
import type { Ask, Told, WatchedService } from './dbus.ts';

/** How often it is asked at most, ms. */
const ASK_EVERY_MS = 90;
/** An answer older than this is none, ms. */
const KEEP_MS = 2000;

interface ScreenSaverParts {
  readonly clock: Clock;
  readonly changed: () => void;
  readonly name: 'org.freedesktop.ScreenSaver' | 'org.gnome.ScreenSaver';
  readonly path: string;
  /** KDE's tells the time since the last input in ms; GNOME's does not tell it */
  readonly tellsIdle: boolean;
}

/**
 * The screen saver of KDE and of others that follow freedesktop: whether it is shown, and the time since the last
 * input, which has to be asked for. KDE on Wayland refuses to tell that.
 */
export class ScreenSaver implements WatchedService {
  readonly name: string;
  readonly signals: readonly string[];
  readonly #parts: ScreenSaverParts;
  #ask: Ask | undefined;
  #active: boolean | undefined;
  #idle: { readonly ms: number; readonly at: number } | undefined;
  #asking = false;
  #refuses = false;

  constructor(parts: ScreenSaverParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.signals = [`interface='${parts.name}',member='ActiveChanged'`];
  }

  /** Whether the screen is covered; undefined: it does not say. */
  get active(): boolean | undefined {
    return this.#active;
  }

  seconds(): number | undefined {
    const now = this.#parts.clock.monotonic();
    const ask = this.#ask;
    if (ask !== undefined && this.#parts.tellsIdle && !this.#refuses && !this.#asking) {
      if (this.#idle === undefined || now - this.#idle.at >= ASK_EVERY_MS)
        this.#askIdle(ask).catch(() => this.vanished());
    }
    if (this.#idle === undefined || now - this.#idle.at > KEEP_MS) return undefined;
    return (this.#idle.ms + now - this.#idle.at) / 1000;
  }

  async appeared(ask: Ask): Promise<void> {
    this.#ask = ask;
    if (this.#parts.tellsIdle) await this.#askIdle(ask);
    const active = await ask(this.#call('GetActive'));
    if (this.#ask === ask && typeof active === 'boolean') this.#active = active;
  }

  vanished(): void {
    this.#ask = undefined;
    this.#active = undefined;
    this.#idle = undefined;
    this.#refuses = false;
  }

  told({ member, body }: Told): void {
    if (member !== 'ActiveChanged' || typeof body[0] !== 'boolean') return;
    this.#active = body[0];
    this.#parts.changed();
  }

  async #askIdle(ask: Ask): Promise<void> {
    this.#asking = true;
    try {
      const ms = await ask(this.#call('GetSessionIdleTime'));
      if (this.#ask !== ask || typeof ms !== 'number') return;
      this.#idle = { ms, at: this.#parts.clock.monotonic() };
    } catch {
      // It does not tell: asking again would only wake it.
      this.#refuses = true;
      this.#idle = undefined;
    } finally {
      this.#asking = false;
    }
  }

  #call(member: string): { readonly path: string; readonly interface: string; readonly member: string } {
    return { path: this.#parts.path, interface: this.#parts.name, member };
  }
}
