// SPDX-License-Identifier: MIT
import type { Ask, Call, WatchedService } from './dbus.ts';

/** Somebody who knows whether programs ask for the screen to stay on. */
interface Keeper {
  readonly name: string;
  readonly signals: readonly string[];
  readonly question: Call;
}

/** GNOME's session: 8 is the bit for "the session may not become idle". */
export const GNOME_SESSION: Keeper = {
  name: 'org.gnome.SessionManager',
  signals: ["member='InhibitorAdded'", "member='InhibitorRemoved'"],
  question: {
    path: '/org/gnome/SessionManager',
    interface: 'org.gnome.SessionManager',
    member: 'IsInhibited',
    signature: 'u',
    body: [8],
  },
};

const KDE = '/org/kde/Solid/PowerManagement/PolicyAgent';
/** KDE's power management: 4 is "do not switch off the screen", apart from "do not sleep". */
export const KDE_POWER: Keeper = {
  name: 'org.kde.Solid.PowerManagement.PolicyAgent',
  signals: [`path='${KDE}',member='InhibitionsChanged'`],
  question: {
    path: KDE,
    interface: 'org.kde.Solid.PowerManagement.PolicyAgent',
    member: 'HasInhibition',
    signature: 'u',
    body: [4],
  },
};

const POWER = '/org/freedesktop/PowerManagement/Inhibit';
/** Xfce, MATE and others; it does not tell a screen that stays on from a computer that stays awake. */
export const FREEDESKTOP_POWER: Keeper = {
  name: 'org.freedesktop.PowerManagement',
  signals: [`path='${POWER}',member='HasInhibitChanged'`],
  question: { path: POWER, interface: 'org.freedesktop.PowerManagement.Inhibit', member: 'HasInhibit' },
};

/** Whether a film, a presentation or a call keeps the screen on; asked again at each signal. */
export class Inhibitors implements WatchedService {
  readonly name: string;
  readonly signals: readonly string[];
  readonly #question: Call;
  readonly #changed: () => void;
  #ask: Ask | undefined;
  #held: boolean | undefined;

  constructor({ name, signals, question }: Keeper, changed: () => void) {
    this.name = name;
    this.signals = signals;
    this.#question = question;
    this.#changed = changed;
  }

  /** undefined: nobody here knows */
  get held(): boolean | undefined {
    return this.#held;
  }

  async appeared(ask: Ask): Promise<void> {
    this.#ask = ask;
    const held = await ask(this.#question);
    if (this.#ask === ask && typeof held === 'boolean') this.#held = held;
  }

  vanished(): void {
    this.#ask = undefined;
    this.#held = undefined;
  }

  told(): void {
    const ask = this.#ask;
    if (ask === undefined) return;
    this.appeared(ask).then(
      () => this.#changed(),
      () => this.vanished(),
    );
  }
}
