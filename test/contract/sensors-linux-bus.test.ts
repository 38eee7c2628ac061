// SPDX-License-Identifier: MIT
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { hostSensors } from '../../agent/adapters/sensors/host-sensors.ts';
import type { Sensors } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { SignalName, Signals } from '../../protocol/signals.ts';
import { eventually } from '../support/eventually.ts';
import { FakeRoot } from '../support/fake-root.ts';
import { needs } from '../support/needs.ts';
import { PrivateBus } from '../support/private-bus.ts';
import { sensorsContract } from '../support/sensors-contract.ts';
import { TestClock } from '../support/test-clock.ts';

const MOCK = 'org.freedesktop.DBus.Mock';
const LOGIND = ['org.freedesktop.login1', '/org/freedesktop/login1'] as const;
const MANAGER = 'org.freedesktop.login1.Manager';
const SESSION = '/org/freedesktop/login1/session/c1';
const UPOWER = ['org.freedesktop.UPower', '/org/freedesktop/UPower'] as const;
const NETWORK = ['org.freedesktop.NetworkManager', '/org/freedesktop/NetworkManager'] as const;
const PROFILES = ['net.hadess.PowerProfiles', '/net/hadess/PowerProfiles'] as const;
const MUTTER = ['org.gnome.Mutter.IdleMonitor', '/org/gnome/Mutter/IdleMonitor/Core'] as const;
const GNOME = ['org.gnome.SessionManager', '/org/gnome/SessionManager'] as const;
const KDE = ['org.freedesktop.ScreenSaver', '/org/freedesktop/ScreenSaver'] as const;

const missing = needs('dbusmock');
const uid = process.getuid?.() ?? 0;

let bus: PrivateBus;
let root: FakeRoot;
let clock: TestClock;
let some: Sensors;
let events: number;

/** A signal that becomes this value; the sensors are read as the policy loop reads them. */
const becomes = (name: SignalName, value: unknown): Promise<unknown> =>
  eventually(`${name} is ${String(value)}`, () => some.read()[name] === value);
const start = async (env: NodeJS.ProcessEnv = {}): Promise<Signals> => {
  some = hostSensors({
    clock,
    logger: silentLogger,
    dataFolder: root.path,
    platform: 'linux',
    env: { ...bus.env, ...env },
    root: root.path,
  });
  some.onChange(() => events++);
  await some.start(new AbortController().signal);
  return some.read();
};

describe.skipIf(!missing.ok)(`on a private bus${missing.ok ? '' : ` (${missing.reason})`}`, () => {
  beforeAll(async () => {
    bus = await PrivateBus.start();
  });

  afterAll(() => bus[Symbol.asyncDispose]());

  beforeEach(() => {
    root = new FakeRoot();
    clock = new TestClock();
    events = 0;
  });

  afterEach(async () => {
    await some.stop();
    root[Symbol.dispose]();
  });

  describe('with nobody on it', () => {
    it('says that nobody saves power, and that nothing else is known', async () => {
      root.session('c1', { TYPE: 'wayland', UID: uid });
      await start();
      await becomes('powerSaver', false);
      expect(some.read()).toMatchObject({
        idleSeconds: null,
        screenLocked: null,
        fullScreen: null,
        presentation: null,
        metered: null,
        goingToSleep: null,
      });
    });
  });

  describe('with logind', () => {
    const sessionsAre = (hints: Record<string, readonly [string, unknown]>): Promise<void> =>
      bus.update(LOGIND[0], SESSION, 'org.freedesktop.login1.Session', hints);

    beforeAll(async () => {
      await bus.template('logind', LOGIND[0]);
      await bus.addProperty(...LOGIND, MANAGER, 'BlockInhibited', ['s', '']);
      const session = ['c1', 'seat0', uid, 'somebody', true];
      await bus.call(...LOGIND, [MOCK, 'AddSession'], 'ssusb', session);
    });

    beforeEach(() => root.session('c1', { TYPE: 'wayland', UID: uid }));

    it('knows since when a session is idle that says so, and that it is not when it does not', async () => {
      await start();
      await becomes('goingToSleep', false);
      expect(some.read().idleSeconds).toBeNull();
      await sessionsAre({
        IdleHint: ['b', true],
        IdleSinceHint: ['t', (clock.now() - 60_000) * 1000],
      });
      await becomes('idleSeconds', 60);
      await clock.advance(5000);
      expect(some.read().idleSeconds).toBe(65);
      await sessionsAre({ IdleHint: ['b', false] });
      await becomes('idleSeconds', null);
    });

    it('tells at once that the screen is locked, by event, and that it is unlocked as soon as that is asked for', async () => {
      await start();
      await becomes('screenLocked', false);
      events = 0;
      await sessionsAre({ LockedHint: ['b', true] });
      await eventually('an event', () => events > 0);
      expect(some.read().screenLocked).toBe(true);
      await bus.call(LOGIND[0], SESSION, ['org.freedesktop.login1.Session', 'Unlock']);
      await becomes('screenLocked', false);
      await sessionsAre({ LockedHint: ['b', false] });
    });

    it('does not believe a mere wish to lock', async () => {
      await start();
      await becomes('screenLocked', false);
      events = 0;
      await bus.call(LOGIND[0], SESSION, ['org.freedesktop.login1.Session', 'Lock']);
      await eventually('an event', () => events > 0);
      expect(some.read().screenLocked).toBe(false);
    });

    it('takes a screen for locked only when all are, and nobody works at a terminal', async () => {
      await sessionsAre({ LockedHint: ['b', true] });
      await start();
      await becomes('screenLocked', true);
      root.typedAt('dev/pts/0', clock.now(), 20);
      await clock.advance(1000);
      await becomes('screenLocked', false);
      root.typedAt('dev/pts/0', clock.now(), 2000);
      await clock.advance(5000);
      await becomes('screenLocked', true);
      root.session('c2', { TYPE: 'x11', UID: uid + 1, DISPLAY: ':77' });
      await becomes('screenLocked', null);
      await sessionsAre({ LockedHint: ['b', false] });
    });

    it.each(['PrepareForSleep', 'PrepareForShutdown'])('tells by event that %s was said', async (member) => {
      await start();
      await becomes('goingToSleep', false);
      events = 0;
      await bus.emit(...LOGIND, [MANAGER, member], 'b', [['b', true]]);
      await eventually('an event', () => events > 0);
      expect(some.read().goingToSleep).toBe(true);
      await bus.emit(...LOGIND, [MANAGER, member], 'b', [['b', false]]);
      await becomes('goingToSleep', false);
    });

    it('takes a program that blocks idleness for a presentation, and one that only blocks sleep not', async () => {
      const inhibitors = (what: string): Promise<void> =>
        bus.addMethod(...LOGIND, [MANAGER, 'ListInhibitors', '', 'a(ssssuu)', `ret = [${what}]`]);
      await inhibitors('("sleep", "backup", "saves", "block", 1, 2), ("idle", "x", "y", "delay", 1, 2)');
      await start();
      await becomes('goingToSleep', false);
      expect(some.read().presentation).toBeNull();
      await inhibitors('("sleep:idle", "player", "plays", "block", 1, 2)');
      await bus.update(...LOGIND, MANAGER, { BlockInhibited: ['s', 'sleep:idle'] });
      await becomes('presentation', true);
      await inhibitors('');
      await bus.update(...LOGIND, MANAGER, { BlockInhibited: ['s', ''] });
      await becomes('presentation', null);
    });
  });

  describe('with UPower, power profiles and NetworkManager', () => {
    beforeAll(async () => {
      await Promise.all([
        bus.template('upower', UPOWER[0]),
        bus.template('power_profiles_daemon', PROFILES[0]),
        bus.template('networkmanager', NETWORK[0]),
      ]);
      await bus.addProperty(...NETWORK, NETWORK[0], 'Metered', ['u', 0]);
    });

    it('tells by event that the plug was pulled, and how full the batteries are together', async () => {
      const display = [2, 2, 40, 20, 50, 10, 3600, 0, true, 'battery', 3];
      await bus.call(...UPOWER, [MOCK, 'SetupDisplayDevice'], 'iuddddxxbsu', display);
      await start();
      await becomes('batteryPercent', 40);
      expect(some.read().onBattery).toBe(false);
      events = 0;
      await bus.update(...UPOWER, UPOWER[0], { OnBattery: ['b', true] });
      await eventually('an event', () => events > 0);
      expect(some.read().onBattery).toBe(true);
      await bus.update(...UPOWER, UPOWER[0], { OnBattery: ['b', false] });
      await becomes('onBattery', false);
    });

    it('reads the batteries again as soon as UPower says that something has changed', async () => {
      await start();
      await becomes('powerSaver', false);
      await becomes('onBattery', false);
      root.lines('sys/class/power_supply/BAT0', { type: 'Battery', status: 'Discharging', capacity: 70 });
      await bus.update(...UPOWER, UPOWER[0], { LidIsClosed: ['b', true] });
      await becomes('onBattery', true);
    });

    it('tells by event that the owner saves power', async () => {
      await start();
      await becomes('powerSaver', false);
      events = 0;
      await bus.update(...PROFILES, PROFILES[0], { ActiveProfile: ['s', 'power-saver'] });
      await eventually('an event', () => events > 0);
      expect(some.read().powerSaver).toBe(true);
      await bus.update(...PROFILES, PROFILES[0], { ActiveProfile: ['s', 'balanced'] });
      await becomes('powerSaver', false);
    });

    it.each([
      [1, true],
      [2, false],
      [3, true],
      [4, false],
      [0, null],
    ])('takes NetworkManager’s %i for metered: %s', async (value, metered) => {
      await bus.update(...NETWORK, NETWORK[0], { Metered: ['u', metered === true ? 2 : 1] });
      await start();
      await becomes('metered', metered !== true);
      await bus.update(...NETWORK, NETWORK[0], { Metered: ['u', value] });
      await becomes('metered', metered);
    });
  });

  describe('with a desktop', () => {
    const desktop = { WAYLAND_DISPLAY: 'wayland-0' };
    const fired = (watch: number): Promise<void> =>
      bus.emit(...MUTTER, [MUTTER[0], 'WatchFired'], 'u', [['u', watch]]);

    beforeAll(async () => {
      await Promise.all([
        bus.program(...MUTTER, MUTTER[0]).then(async () => {
          await bus.addMethod(...MUTTER, [MUTTER[0], 'AddIdleWatch', 't', 'u', 'ret = 7']);
          await bus.addMethod(...MUTTER, [MUTTER[0], 'AddUserActiveWatch', '', 'u', 'ret = 8']);
        }),
        bus.program(...GNOME, GNOME[0]),
      ]);
    });

    it('hears from GNOME’s compositor of the first key, and of the last, without asking', async () => {
      await bus.addMethod(...MUTTER, [MUTTER[0], 'GetIdletime', '', 't', 'ret = 400000']);
      await start(desktop);
      await becomes('idleSeconds', 400);
      await clock.advance(5000);
      expect(some.read().idleSeconds).toBe(405);
      events = 0;
      await fired(8);
      await eventually('an event', () => events > 0);
      expect(some.read().idleSeconds).toBe(0);
      await clock.advance(60_000);
      expect(some.read().idleSeconds).toBe(1);
      await fired(7);
      await eventually('time passes', async () => {
        await clock.advance(1000);
        return (some.read().idleSeconds ?? 0) > 5;
      });
    });

    it('asks GNOME’s session whether a film keeps the screen on, and again when that changes', async () => {
      const inhibited = (ret: string): Promise<void> =>
        bus.addMethod(...GNOME, [GNOME[0], 'IsInhibited', 'u', 'b', `ret = ${ret}`]);
      await inhibited('False');
      await start(desktop);
      await becomes('presentation', false);
      await inhibited('args[0] == 8');
      await bus.emit(...GNOME, [GNOME[0], 'InhibitorAdded'], 'o', [['o', '/a']]);
      await becomes('presentation', true);
      await inhibited('False');
      await bus.emit(...GNOME, [GNOME[0], 'InhibitorRemoved'], 'o', [['o', '/a']]);
      await becomes('presentation', false);
    });

    it('knows nothing of it any more when the program ends, and everything again when it is back', async () => {
      const kde = await bus.program(...KDE, KDE[0]);
      await bus.addMethod(...KDE, [KDE[0], 'GetActive', '', 'b', 'ret = True']);
      await start(desktop);
      await becomes('screenLocked', true);
      kde.kill();
      await becomes('screenLocked', null);
      await bus.program(...KDE, KDE[0]);
      await bus.addMethod(...KDE, [KDE[0], 'GetActive', '', 'b', 'ret = True']);
      await bus.emit(...KDE, [KDE[0], 'ActiveChanged'], 'b', [['b', false]]);
      await becomes('screenLocked', false);
    });
  });

  describe('when the bus itself goes', () => {
    it('forgets what was said, and joins again when it is back, without a timer of its own', async () => {
      root.session('c1', { TYPE: 'wayland', UID: uid });
      await start();
      await becomes('powerSaver', false);
      await bus.restart();
      await becomes('powerSaver', null);
      expect(clock.waiting).toBe(0);
      await clock.advance(31_000);
      await becomes('powerSaver', false);
    });

    it('asks KDE’s screen saver for the time since the last input, until it refuses', async () => {
      await bus.program(...KDE, KDE[0]);
      const idle = (code: string): Promise<void> =>
        bus.addMethod(...KDE, [KDE[0], 'GetSessionIdleTime', '', 'u', code]);
      await bus.addMethod(...KDE, [KDE[0], 'GetActive', '', 'b', 'ret = False']);
      await idle('ret = 90000');
      await start({ WAYLAND_DISPLAY: 'wayland-0' });
      await becomes('idleSeconds', 90);
      await idle('ret = 100');
      await clock.advance(100);
      await becomes('idleSeconds', 0.1);
      await idle('raise dbus.exceptions.DBusException("not on Wayland", name="a.b")');
      await clock.advance(100);
      await becomes('idleSeconds', null);
    });
  });

  describe('as any other adapter', () => {
    sensorsContract(() => {
      some = hostSensors({
        clock,
        logger: silentLogger,
        dataFolder: root.path,
        platform: 'linux',
        env: { ...bus.env, WAYLAND_DISPLAY: 'wayland-0' },
        root: root.path,
      });
      return some;
    });
  });
});
