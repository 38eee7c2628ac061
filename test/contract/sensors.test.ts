// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hostSensors } from '../../agent/adapters/sensors/host-sensors.ts';
import type { SensorParts } from '../../agent/adapters/sensors/sensor-part.ts';
import type { Sensors } from '../../agent/ports.ts';
import { PowerSensors } from '../../electron/adapters/power-sensors.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { Signals } from '../../protocol/signals.ts';
import { FakeElectron } from '../support/fake-electron.ts';
import { FakeSensors } from '../support/fake-sensors.ts';
import { sensorsContract } from '../support/sensors-contract.ts';
import { TestClock } from '../support/test-clock.ts';

let root: string;
let clock: TestClock;

const file = (path: string, text = ''): string => {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  return whole;
};
const typedAt = (path: string, secondsAgo: number): void => {
  const at = clock.now() / 1000 - secondsAgo;
  utimesSync(file(path), at, at);
};
const supply = (name: string, lines: Record<string, string>): void => {
  for (const [line, text] of Object.entries(lines))
    file(`sys/class/power_supply/${name}/${line}`, `${text}\n`);
};
const sensors = (change: Partial<SensorParts> = {}): Sensors =>
  hostSensors({
    clock,
    logger: silentLogger,
    dataFolder: root,
    platform: 'linux',
    env: {},
    root,
    ...change,
  });
const read = (change: Partial<SensorParts> = {}): Signals => sensors(change).read();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lull-sensors-'));
  clock = new TestClock();
});

afterEach(() => rmSync(root, { recursive: true }));

describe.each([
  ['the fake', (): Sensors => new FakeSensors()],
  ['a computer without a desktop', (): Sensors => sensors()],
  ['this computer', (): Sensors => hostSensors({ clock, logger: silentLogger, dataFolder: root })],
  ['another system', (): Sensors => sensors({ platform: 'win32' })],
  [
    'the tray app',
    (): Sensors => {
      const { powerMonitor: power, screen } = new FakeElectron().api;
      return new PowerSensors({ power, screen, host: sensors(), clock, platform: 'linux' });
    },
  ],
])('the sensors of %s', (_name, make) => sensorsContract(make));

describe('idle time at terminals', () => {
  it('is that of the terminal that was last typed at, real or pseudo', async () => {
    typedAt('dev/tty1', 500);
    typedAt('dev/ttyS0', 900);
    typedAt('dev/pts/0', 400);
    typedAt('dev/pts/7', 60);
    const some = sensors();
    expect(some.read().idleSeconds).toBeCloseTo(60, 0);
    await clock.advance(5000);
    expect(some.read().idleSeconds).toBeCloseTo(65, 0);
    typedAt('dev/tty1', 0);
    await clock.advance(100);
    expect(some.read().idleSeconds).toBeLessThan(1);
  });

  it('does not count what is opened without typing', () => {
    typedAt('dev/pts/0', 400);
    typedAt('dev/pts/ptmx', 0);
    typedAt('dev/tty', 0);
    typedAt('dev/tty0', 0);
    expect(read().idleSeconds).toBeCloseTo(400, 0);
  });

  it('is unknown without any terminal', () => {
    expect(read().idleSeconds).toBeNull();
    file('dev/null');
    expect(read().idleSeconds).toBeNull();
  });

  it('is unknown where somebody may use a mouse that terminals do not see', () => {
    typedAt('dev/tty1', 4000);
    expect(read().idleSeconds).toBeCloseTo(4000, 0);
    expect(read({ env: { DISPLAY: ':0' } }).idleSeconds).toBeNull();
    expect(read({ env: { WAYLAND_DISPLAY: 'wayland-0' } }).idleSeconds).toBeNull();
    file('run/systemd/sessions/2', 'UID=0\nTYPE=tty\nCLASS=user\n');
    expect(read().idleSeconds).toBeCloseTo(4000, 0);
    file('run/systemd/sessions/c1', 'UID=117\nTYPE=wayland\nCLASS=greeter\n');
    expect(read().idleSeconds).toBeCloseTo(4000, 0);
    file('run/systemd/sessions/3', 'UID=1000\nTYPE=wayland\nCLASS=user\n');
    expect(read().idleSeconds).toBeNull();
  });

  it('is never negative, though a clock was set back', () => {
    typedAt('dev/tty1', -100);
    expect(read().idleSeconds).toBe(0);
  });
});

describe('the power supply', () => {
  const battery = (status: string, capacity = '70', more = {}): void =>
    supply('BAT0', { type: 'Battery', status, capacity, ...more });
  const mains = (online: string): void => supply('AC', { type: 'Mains', online });
  const power = (): Partial<Signals> => {
    const { onBattery, batteryPercent } = read();
    return { onBattery, batteryPercent };
  };

  it('is not a battery on a computer that has none', () => {
    expect(power()).toEqual({ onBattery: false, batteryPercent: null });
    mains('1');
    expect(power()).toEqual({ onBattery: false, batteryPercent: null });
  });

  it('is a battery when it discharges and nothing is plugged in', () => {
    mains('0');
    battery('Discharging');
    expect(power()).toEqual({ onBattery: true, batteryPercent: 70 });
  });

  it('is the mains when that is plugged in, though the battery is too weak to charge at that rate', () => {
    mains('1');
    battery('Discharging');
    expect(power()).toEqual({ onBattery: false, batteryPercent: 70 });
  });

  it.each(['Charging', 'Full', 'Not charging'])(
    'is the mains when the battery says "%s" and nothing else is told',
    (status) => {
      battery(status);
      expect(power()).toEqual({ onBattery: false, batteryPercent: 70 });
    },
  );

  it('is told by the plug when the battery does not know', () => {
    mains('0');
    battery('Unknown');
    expect(power().onBattery).toBe(true);
  });

  it('is unknown when neither plug nor battery knows', () => {
    battery('Unknown', '');
    expect(power()).toEqual({ onBattery: null, batteryPercent: null });
  });

  it('is the weakest of two batteries, and not that of a mouse', () => {
    battery('Discharging', '70');
    supply('BAT1', { type: 'Battery', status: 'Discharging', capacity: '15' });
    supply('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging', capacity: '3' });
    expect(power()).toEqual({ onBattery: true, batteryPercent: 15 });
    rmSync(join(root, 'sys/class/power_supply/BAT0'), { recursive: true });
    rmSync(join(root, 'sys/class/power_supply/BAT1'), { recursive: true });
    expect(power()).toEqual({ onBattery: false, batteryPercent: null });
  });

  it('is a battery when a UPS has taken over', () => {
    supply('ups', { type: 'UPS', status: 'Discharging', capacity: '99' });
    expect(power()).toEqual({ onBattery: true, batteryPercent: 99 });
  });

  it('is looked at again every second', async () => {
    const some = sensors();
    expect(some.read().onBattery).toBe(false);
    mains('0');
    battery('Discharging');
    await clock.advance(1000);
    expect(some.read().onBattery).toBe(true);
  });
});

describe('the rest', () => {
  it('knows how much of the disk is free where the data folder is', () => {
    expect(read().freeDiskBytes).toBeGreaterThan(0);
    expect(read({ dataFolder: join(root, 'missing') }).freeDiskBytes).toBeNull();
  });

  it('says that it does not know on systems that it cannot ask', () => {
    expect(read({ platform: 'darwin' })).toMatchObject({
      idleSeconds: null,
      screenLocked: null,
      onBattery: null,
      batteryPercent: null,
    });
  });
});
