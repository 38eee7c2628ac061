// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hostSensors } from '../../agent/adapters/sensors/host-sensors.ts';
import type { Sensors } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { Signals } from '../../protocol/signals.ts';
import { FakeRoot } from '../support/fake-root.ts';
import { TestClock } from '../support/test-clock.ts';

let root: FakeRoot;
let clock: TestClock;

const sensors = (env: NodeJS.ProcessEnv = {}): Sensors =>
  hostSensors({
    clock,
    logger: silentLogger,
    dataFolder: root.path,
    platform: 'linux',
    env: { DBUS_SESSION_BUS_ADDRESS: 'none', ...env },
    root: root.path,
  });
const read = (): Signals => sensors().read();

beforeEach(() => {
  root = new FakeRoot();
  clock = new TestClock();
});

afterEach(() => root[Symbol.dispose]());

describe('heat', () => {
  const zone = (celsius: number, lines: Record<string, string | number> = {}): void =>
    root.lines('sys/class/thermal/thermal_zone0', { type: 'acpitz', temp: celsius * 1000, ...lines });
  const trips = {
    trip_point_0_type: 'critical',
    trip_point_0_temp: 105_000,
    trip_point_1_type: 'passive',
    trip_point_1_temp: 95_000,
    trip_point_2_type: 'active',
    trip_point_2_temp: 50_000,
  };
  const core = (celsius: number): void =>
    root.lines('sys/class/hwmon/hwmon3', {
      name: 'coretemp',
      temp1_input: celsius * 1000,
      temp1_max: 80_000,
      temp1_crit: 100_000,
    });

  it.each([
    [60, 'nominal'],
    [84, 'nominal'],
    [85, 'fair'],
    [95, 'serious'],
    [105, 'critical'],
  ])('of a thermal zone at %i °C that slows down at 95 and switches off at 105 is %s', (celsius, state) => {
    zone(celsius, trips);
    expect(read().thermal).toBe(state);
  });

  it.each([
    [60, 'nominal'],
    [70, 'fair'],
    [80, 'serious'],
    [100, 'critical'],
  ])('of a processor at %i °C that is hot at 80 and critical at 100 is %s', (celsius, state) => {
    core(celsius);
    expect(read().thermal).toBe(state);
  });

  it('is that of the hottest, and read again every five seconds', async () => {
    zone(40, trips);
    core(75);
    const some = sensors();
    expect(some.read().thermal).toBe('fair');
    zone(110, trips);
    await clock.advance(5000);
    expect(some.read().thermal).toBe('critical');
  });

  it('of AMD’s processors, whose driver gives no limits, is measured against what they endure', () => {
    root.lines('sys/class/hwmon/hwmon0', { name: 'k10temp', temp1_input: 91_000 });
    expect(read().thermal).toBe('serious');
  });

  it('is not that of a disk', () => {
    core(40);
    root.lines('sys/class/hwmon/hwmon1', { name: 'nvme', temp1_input: 86_000, temp1_max: 84_000 });
    expect(read().thermal).toBe('nominal');
  });

  it('is unknown without a sensor, without a limit, and of a sensor that says nonsense', () => {
    expect(read().thermal).toBeNull();
    zone(50);
    expect(read().thermal).toBeNull();
    zone(50, { trip_point_0_type: 'critical', trip_point_0_temp: -274_000 });
    expect(read().thermal).toBeNull();
    zone(255, trips);
    expect(read().thermal).toBeNull();
  });
});

describe('the speed of the processor', () => {
  const policy = (name: string, lines: Record<string, number>): void =>
    root.lines(`sys/devices/system/cpu/cpufreq/${name}`, lines);

  it('is what the system allows of what it has, over all cores', () => {
    policy('policy0', { cpuinfo_max_freq: 4_000_000, scaling_max_freq: 2_000_000 });
    policy('policy4', { cpuinfo_max_freq: 2_000_000, scaling_max_freq: 2_000_000 });
    expect(read().cpuSpeedPercent).toBe(75);
  });

  it('is less where the firmware allows less', () => {
    policy('policy0', { cpuinfo_max_freq: 4_000_000, scaling_max_freq: 4_000_000, bios_limit: 1_000_000 });
    expect(read().cpuSpeedPercent).toBe(25);
  });

  it('is less while it protects itself from heat', async () => {
    const slowed = (ms: number): void =>
      root.lines('sys/devices/system/cpu/cpu0/thermal_throttle', { package_throttle_total_time_ms: ms });
    slowed(70_000);
    const some = sensors();
    expect(some.read().cpuSpeedPercent).toBe(100);
    slowed(73_000);
    await clock.advance(5000);
    expect(some.read().cpuSpeedPercent).toBe(40);
    await clock.advance(5000);
    expect(some.read().cpuSpeedPercent).toBe(100);
  });

  it('is unknown where nothing tells', () => {
    expect(read().cpuSpeedPercent).toBeNull();
  });
});

describe('the owner’s wish to save power', () => {
  it('is the firmware’s profile', () => {
    expect(read().powerSaver).toBeNull();
    root.file('sys/firmware/acpi/platform_profile', 'balanced\n');
    expect(read().powerSaver).toBe(false);
    root.file('sys/firmware/acpi/platform_profile', 'low-power\n');
    expect(read().powerSaver).toBe(true);
  });
});

describe('a microphone', () => {
  it('is in use while its hardware records, and not while something plays', async () => {
    expect(read().microphoneInUse).toBe(false);
    root.file('proc/asound/card0/pcm0p/sub0/status', 'state: RUNNING\n');
    root.file('proc/asound/card0/pcm0c/sub0/status', 'closed\n');
    const some = sensors();
    expect(some.read().microphoneInUse).toBe(false);
    root.file('proc/asound/card0/pcm0c/sub0/status', 'state: RUNNING\nowner_pid   : 4711\n');
    await clock.advance(1000);
    expect(some.read().microphoneInUse).toBe(true);
  });
});

describe('a camera', () => {
  const usb = 'sys/devices/usb1/1-6';
  const streaming = (setting: number, endpoints: number): void =>
    root.lines(`${usb}/1-6:1.1`, {
      bInterfaceClass: '0e',
      bInterfaceSubClass: '02',
      bAlternateSetting: ` ${setting}`,
      bNumEndpoints: `0${endpoints}`,
    });
  const users = (count: number): void => root.lines('sys/module/uvcvideo', { refcnt: count });

  beforeEach(() => {
    root.lines(`${usb}/1-6:1.0`, { bInterfaceClass: '0e', bInterfaceSubClass: '01' });
    root.link(`${usb}/1-6:1.0/driver`, join(root.path, 'sys/bus/usb/drivers/uvcvideo'));
    root.link('sys/bus/usb/drivers/uvcvideo/module', join(root.path, 'sys/module/uvcvideo'));
    root.link('sys/class/video4linux/video0/device', join(root.path, `${usb}/1-6:1.0`));
  });

  it('is in use while it streams over USB, not when a program merely has it open', () => {
    users(1);
    streaming(0, 0);
    expect(read().cameraInUse).toBe(false);
    streaming(7, 1);
    expect(read().cameraInUse).toBe(true);
  });

  it('that does not show whether it streams is only known when nobody has it open', () => {
    streaming(0, 1);
    users(0);
    expect(read().cameraInUse).toBe(false);
    users(1);
    expect(read().cameraInUse).toBeNull();
  });

  it('is not in use where there is none', () => {
    root.remove('sys/class/video4linux');
    expect(read().cameraInUse).toBe(false);
  });
});

describe('a network that is paid by volume', () => {
  const FOUR = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  const way = (...names: string[]): void => {
    const rows = names.map((name) => `${name}\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`);
    root.file('proc/net/route', FOUR + rows.join(''));
  };
  const device = (name: string, lines: Record<string, string | number> = {}): void =>
    root.lines(`sys/class/net/${name}`, { type: 1, uevent: `INTERFACE=${name}`, ...lines });
  const driver = (name: string, of: string): void =>
    root.link(`sys/class/net/${name}/device/driver`, `/sys/bus/usb/drivers/${of}`);

  it('is not one by cable, nor none at all', () => {
    way();
    expect(read().metered).toBe(false);
    device('eth0');
    way('eth0');
    expect(read().metered).toBe(false);
  });

  it('is that of a modem, and of a telephone on a cable', () => {
    device('wwan0', { uevent: 'DEVTYPE=wwan' });
    way('wwan0');
    expect(read().metered).toBe(true);
    device('ppp0', { type: 512 });
    way('ppp0');
    expect(read().metered).toBe(true);
    device('usb0');
    driver('usb0', 'rndis_host');
    device('eth0');
    way('eth0', 'usb0');
    expect(read().metered).toBe(true);
  });

  it('is unknown of a wireless network, of a tunnel, and of what may be a telephone', () => {
    device('wlan0');
    root.file('sys/class/net/wlan0/wireless/status', '0');
    way('wlan0');
    expect(read().metered).toBeNull();
    device('tun0', { type: 65_534 });
    way('tun0');
    expect(read().metered).toBeNull();
    device('usb1');
    driver('usb1', 'cdc_ncm');
    way('usb1');
    expect(read().metered).toBeNull();
  });

  it('is told by the way that IPv6 takes, too', () => {
    device('wwan0', { uevent: 'DEVTYPE=wwan' });
    const zeros = '0'.repeat(32);
    root.file('proc/net/ipv6_route', `${zeros} 00 ${zeros} 00 fe80 00000400 1 0 3 wwan0\n`);
    expect(read().metered).toBe(true);
  });

  it('is unknown where routes cannot be read', () => {
    expect(read().metered).toBeNull();
  });
});

describe('keyboards and mice themselves', () => {
  const keyboard = (name: string, kinds = '120013'): string => {
    root.lines(`sys/class/input/${name}/device/capabilities`, { ev: kinds });
    const path = join(root.path, 'dev/input', name);
    root.file('dev/input/by-id');
    spawnSync('mkfifo', [path]);
    return path;
  };
  /** A FIFO stands for the device: one side is held open so that the other has nothing to read yet. */
  const hold = (path: string): number => openSync(path, constants.O_RDWR | constants.O_NONBLOCK);

  it('see every input at this computer, in whatever session', async () => {
    const keys = hold(keyboard('event0'));
    const mouse = hold(keyboard('event1', '17'));
    const lid = hold(keyboard('event2', '21'));
    root.session('c2', { TYPE: 'wayland', UID: 4711 });
    const some = sensors();
    expect(some.read().idleSeconds).toBeNull();
    await some.start(new AbortController().signal);
    expect(some.read().idleSeconds).toBe(0);
    await clock.advance(400_000);
    expect(some.read().idleSeconds).toBe(400);
    writeSync(lid, Buffer.alloc(24));
    await clock.advance(100);
    expect(some.read().idleSeconds).toBe(400.1);
    writeSync(mouse, Buffer.alloc(48));
    await clock.advance(100);
    expect(some.read().idleSeconds).toBe(0);
    await clock.advance(100);
    expect(some.read().idleSeconds).toBe(0.1);
    await some.stop();
    expect(some.read().idleSeconds).toBeNull();
    for (const handle of [keys, mouse, lid]) closeSync(handle);
  });

  it('do not see what is typed into a session from another computer', async () => {
    const keys = hold(keyboard('event0'));
    root.session('c2', { TYPE: 'x11', UID: 4711, REMOTE: 1, DISPLAY: ':10' });
    const some = sensors();
    await some.start(new AbortController().signal);
    expect(some.read().idleSeconds).toBeNull();
    await some.stop();
    closeSync(keys);
  });

  it('do not count unless each of them may be read', async () => {
    const keys = hold(keyboard('event0'));
    root.lines('sys/class/input/event1/device/capabilities', { ev: '17' });
    root.link('dev/input/event1', '/nowhere');
    root.session('c2', { TYPE: 'wayland', UID: 4711 });
    const some = sensors();
    await some.start(new AbortController().signal);
    expect(some.read().idleSeconds).toBeNull();
    await some.stop();
    closeSync(keys);
  });
});

describe('who is there', () => {
  it('is nobody with a screen on a server: nothing is full screen, presented or locked there', () => {
    root.typedAt('dev/pts/0', clock.now(), 900);
    root.session('1', { TYPE: 'tty', UID: 1000, REMOTE: 1 });
    expect(read()).toMatchObject({ fullScreen: false, presentation: false, screenLocked: false });
    expect(read().idleSeconds).toBeCloseTo(900, 0);
  });

  it('counts a compositor that was started at a text console as a graphical session', () => {
    root.typedAt('dev/tty1', clock.now(), 900);
    root.session('1', { TYPE: 'tty', UID: 1000, CONTROLLER: ':1.23' });
    expect(read()).toMatchObject({ idleSeconds: null, fullScreen: null, screenLocked: null });
  });

  it('does not count the screen that asks for a name and a password, nor a session that ends', () => {
    root.typedAt('dev/tty1', clock.now(), 900);
    root.session('c1', { TYPE: 'wayland', UID: 117, CLASS: 'greeter' });
    root.session('2', { TYPE: 'x11', UID: 1000, STATE: 'closing' });
    expect(read()).toMatchObject({ fullScreen: false, screenLocked: false });
  });
});
