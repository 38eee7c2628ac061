// SPDX-License-Identifier: MIT
import { Bus, sessionBusAddress, systemBusAddress } from './dbus.ts';
import { Properties } from './dbus-properties.ts';
import { FREEDESKTOP_POWER, GNOME_SESSION, Inhibitors, KDE_POWER } from './inhibitors.ts';
import { Logind } from './logind.ts';
import { MutterIdle } from './mutter-idle.ts';
import { ScreenSaver } from './screen-saver.ts';
import type { SensorParts } from './sensor-part.ts';

interface BusesParts extends Pick<SensorParts, 'clock' | 'logger'> {
  readonly env: NodeJS.ProcessEnv;
  readonly root: string;
  readonly uid: number | undefined;
  readonly changed: () => void;
  /** UPower has told something */
  readonly powerChanged: () => void;
}

/** Everything that the programs of a Linux desktop tell over D-Bus, and the two buses that they tell it on. */
export class LinuxBuses {
  readonly logind: Logind;
  readonly upower: Properties;
  /** all batteries as one */
  readonly battery: Properties;
  /** the same service under its two names */
  readonly profiles: readonly Properties[];
  readonly network: Properties;
  readonly idle: readonly (MutterIdle | ScreenSaver)[];
  readonly screenSavers: readonly ScreenSaver[];
  readonly inhibitors: readonly Inhibitors[];
  readonly #system: Bus;
  readonly #session: Bus;

  constructor({ clock, logger, env, root, uid, changed, powerChanged }: BusesParts) {
    this.logind = new Logind(changed);
    const properties = (name: string, path: string, of: string, heard = changed): Properties =>
      new Properties({ name, path, interface: of, changed: heard });
    const upower = 'org.freedesktop.UPower';
    this.upower = properties(upower, '/org/freedesktop/UPower', upower, powerChanged);
    this.battery = properties(upower, '/org/freedesktop/UPower/devices/DisplayDevice', `${upower}.Device`);
    this.profiles = [
      properties(
        `${upower}.PowerProfiles`,
        '/org/freedesktop/UPower/PowerProfiles',
        `${upower}.PowerProfiles`,
      ),
      properties('net.hadess.PowerProfiles', '/net/hadess/PowerProfiles', 'net.hadess.PowerProfiles'),
    ];
    const network = 'org.freedesktop.NetworkManager';
    this.network = properties(network, '/org/freedesktop/NetworkManager', network);
    const freedesktop = new ScreenSaver({
      clock,
      changed,
      name: 'org.freedesktop.ScreenSaver',
      path: '/org/freedesktop/ScreenSaver',
      tellsIdle: true,
    });
    const gnome = new ScreenSaver({
      clock,
      changed,
      name: 'org.gnome.ScreenSaver',
      path: '/org/gnome/ScreenSaver',
      tellsIdle: false,
    });
    this.idle = [
      new MutterIdle(clock, changed, 'mutter'),
      new MutterIdle(clock, changed, 'muffin'),
      freedesktop,
    ];
    this.screenSavers = [gnome, freedesktop];
    this.inhibitors = [GNOME_SESSION, KDE_POWER, FREEDESKTOP_POWER].map(
      (keeper) => new Inhibitors(keeper, changed),
    );
    this.#system = new Bus({
      clock,
      logger,
      name: 'system',
      address: () => systemBusAddress(env, root),
      services: [this.logind, this.upower, this.battery, ...this.profiles, this.network],
      changed,
    });
    this.#session = new Bus({
      clock,
      logger,
      name: 'session',
      address: () => sessionBusAddress(env, root, uid),
      services: [...this.idle, gnome, ...this.inhibitors],
      changed,
    });
  }

  /** The system's bus has told of everything on it. */
  get systemIsKnown(): boolean {
    return this.#system.joined;
  }

  start(): void {
    this.#system.start();
    this.#session.start();
  }

  stop(): void {
    this.#system.stop();
    this.#session.stop();
  }

  /** To be called often: joins again what was lost. */
  look(): void {
    this.#system.look();
    this.#session.look();
  }
}
