// SPDX-License-Identifier: MIT
import type { Clock } from '../../../protocol/clock.ts';
import type { Ask, Told, WatchedService } from './dbus.ts';

/** From this much without input on, the compositor says that nobody is there, ms. */
const RESTING_MS = 1000;

/** Who speaks the idle monitor of GNOME's compositor. */
const COMPOSITORS = {
  mutter: ['org.gnome.Mutter.IdleMonitor', '/org/gnome/Mutter/IdleMonitor/Core'],
  muffin: ['org.cinnamon.Muffin.IdleMonitor', '/org/cinnamon/Muffin/IdleMonitor/Core'],
} as const;

/** Time since the last input, as GNOME's compositor (or Cinnamon's) tells it: only by event, in both directions. */
export class MutterIdle implements WatchedService {
  readonly name: string;
  readonly signals: readonly string[];
  readonly #path: string;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #ask: Ask | undefined;
  #resting: number | undefined;
  #active: number | undefined;
  #last: { readonly idleMs: number; readonly at: number } | undefined;

  constructor(clock: Clock, changed: () => void, which: keyof typeof COMPOSITORS) {
    [this.name, this.#path] = COMPOSITORS[which];
    this.signals = [`path='${this.#path}',member='WatchFired'`];
    this.#clock = clock;
    this.#changed = changed;
  }

  /** undefined: it is not there */
  seconds(): number | undefined {
    if (this.#last === undefined) return undefined;
    const since = this.#last.idleMs + this.#clock.monotonic() - this.#last.at;
    // While somebody is there it does not say more than that.
    return (this.#last.idleMs >= RESTING_MS ? since : Math.min(since, RESTING_MS)) / 1000;
  }

  async appeared(ask: Ask): Promise<void> {
    this.#ask = ask;
    const resting = await this.#call(ask, 'AddIdleWatch', RESTING_MS);
    const idleMs = await this.#call(ask, 'GetIdletime');
    if (this.#ask !== ask || resting === undefined || idleMs === undefined) return;
    this.#resting = resting;
    this.#last = { idleMs, at: this.#clock.monotonic() };
    if (idleMs >= RESTING_MS) await this.#awaitInput(ask);
  }

  vanished(): void {
    this.#ask = undefined;
    this.#resting = undefined;
    this.#active = undefined;
    this.#last = undefined;
  }

  told({ member, body }: Told): void {
    const ask = this.#ask;
    if (member !== 'WatchFired' || ask === undefined || this.#resting === undefined) return;
    if (body[0] === this.#active) {
      this.#active = undefined;
      this.#last = { idleMs: 0, at: this.#clock.monotonic() };
      this.#changed();
    } else if (body[0] === this.#resting) {
      this.#awaitInput(ask).then(
        () => {
          if (this.#active !== undefined) this.#last = { idleMs: RESTING_MS, at: this.#clock.monotonic() };
        },
        () => this.vanished(),
      );
    }
  }

  /** The watch for input fires once, so it is set anew each time that somebody has gone. */
  async #awaitInput(ask: Ask): Promise<void> {
    const active = await this.#call(ask, 'AddUserActiveWatch');
    if (this.#ask === ask) this.#active = active;
  }

  async #call(ask: Ask, member: string, interval?: number): Promise<number | undefined> {
    const call = { path: this.#path, interface: 'org.gnome.Mutter.IdleMonitor', member };
    const answer = await ask(interval === undefined ? call : { ...call, signature: 't', body: [interval] });
    return typeof answer === 'number' ? answer : undefined;
  }
}
