// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hostSensors } from '../../agent/adapters/sensors/host-sensors.ts';
import type { SensorParts } from '../../agent/adapters/sensors/sensor-part.ts';
import type { Sensors } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { type Signals, signalsSchema } from '../../protocol/signals.ts';
import { eventually } from '../support/eventually.ts';
import { goldenOutput } from '../support/golden-output.ts';
import { sensorsContract } from '../support/sensors-contract.ts';
import { TestClock } from '../support/test-clock.ts';

// The sensors of macOS and Windows, on what their commands print. That they run there is not shown here.

let clock: TestClock;
let folder: string;
let asked: string[];
let outputs: Map<string, string>;
let open: Sensors[];
let addresses: NodeJS.Dict<NetworkInterfaceInfo[]>;

const address = (ip: string, netmask: string): NetworkInterfaceInfo[] => [
  { address: ip, netmask, family: 'IPv4', mac: '00:00:00:00:00:01', internal: false, cidr: null },
];

beforeEach(() => {
  clock = new TestClock();
  folder = mkdtempSync(`${tmpdir()}/lull-sensors-`);
  asked = [];
  open = [];
  addresses = { en0: address('192.168.1.20', '255.255.255.0') };
});

afterEach(async () => {
  for (const sensors of open) await sensors.stop();
  rmSync(folder, { recursive: true });
});

function made(change: Partial<SensorParts>): Sensors {
  const sensors = hostSensors({
    clock,
    logger: silentLogger,
    dataFolder: folder,
    run: (file, args) => {
      const command = [file, ...args].join(' ');
      asked.push(command);
      const output = outputs.get(command);
      return output === undefined ? Promise.reject(new Error(`no ${command}`)) : Promise.resolve(output);
    },
    interfaces: () => addresses,
    ...change,
  });
  open.push(sensors);
  return sensors;
}

async function started(change: Partial<SensorParts>): Promise<Sensors> {
  const sensors = made(change);
  await sensors.start(new AbortController().signal);
  return sensors;
}

/** Reads until the answers are there. */
const known = (sensors: Sensors, enough: (signals: Signals) => boolean): Promise<Signals> =>
  eventually('the answers', () => {
    const signals = signalsSchema.parse(sensors.read());
    return enough(signals) && signals;
  });

describe('the sensors of macOS', () => {
  beforeEach(() => {
    const mac = (name: string): string => goldenOutput('macos', name);
    outputs = new Map([
      ['ioreg -c IOHIDSystem -d 4', mac('idle')],
      ['ioreg -n Root -d1 -w 0', mac('root-unlocked')],
      ['pmset -g batt', mac('batt-discharging')],
      ['pmset -g', mac('settings-low-power-off')],
      ['pmset -g therm', mac('therm-intel-slowed')],
      ['pmset -g assertions', mac('assertions-nobody')],
      ['notifyutil -g com.apple.system.thermalpressurelevel', mac('thermal-pressure')],
      ['vm_stat', mac('vm-stat-apple-silicon')],
      ['ipconfig getpacket en0', ''],
      ['ps -axo comm=', '/sbin/launchd\n/Applications/Chess.app/Contents/MacOS/Chess\n'],
      ['ps -o comm= -p 821', '/usr/libexec/avconferenced\n'],
    ]);
  });

  describe.each([false, true])('under Electron: %s', (desktop) => {
    sensorsContract(() => made({ platform: 'darwin', desktop }));
  });

  it('run no command before they are started and after they are stopped', async () => {
    const sensors = made({ platform: 'darwin' });
    const look = (): unknown => [sensors.read().onBattery, sensors.programs()];
    expect([look(), asked]).toEqual([[null, null], []]);
    await sensors.start(new AbortController().signal);
    await sensors.stop();
    expect([look(), asked]).toEqual([[null, null], []]);
  });

  it('say what its commands print, once they have answered', async () => {
    const sensors = await started({ platform: 'darwin' });
    expect(sensors.read().idleSeconds).toBeNull();
    expect(await known(sensors, ({ metered }) => metered !== null)).toMatchObject({
      idleSeconds: 421.858429,
      screenLocked: false,
      onBattery: true,
      batteryPercent: 95,
      powerSaver: false,
      thermal: 'fair',
      cpuSpeedPercent: 28,
      fullScreen: null,
      presentation: false,
      microphoneInUse: false,
      cameraInUse: null,
      metered: false,
      freeMemoryBytes: (123456 + 12345 + 345678) * 16384,
      goingToSleep: null,
    });
  });

  it('ask again only as often as each answer may have changed', async () => {
    const sensors = await started({ platform: 'darwin' });
    const times = (command: string): number => asked.filter((each) => each === command).length;
    await known(sensors, ({ metered }) => metered !== null);
    for (let tenth = 0; tenth < 100; tenth += 1) {
      await clock.advance(100);
      sensors.read();
      // What was asked for is answered before the next look.
      await Promise.resolve();
    }
    expect(times('ioreg -c IOHIDSystem -d 4')).toBeLessThanOrEqual(11);
    expect(times('pmset -g batt')).toBeLessThanOrEqual(2);
    expect(times('pmset -g')).toBe(1);
  });

  it('leave to Electron what it knows by the call', async () => {
    const sensors = await started({ platform: 'darwin', desktop: true });
    const signals = await known(sensors, ({ metered }) => metered !== null);
    expect([signals.idleSeconds, signals.screenLocked, signals.thermal]).toEqual([null, null, null]);
    expect(asked.filter((command) => /ioreg|notifyutil/.test(command))).toEqual([]);
  });

  it('tell by event that somebody is back', async () => {
    const sensors = await started({ platform: 'darwin' });
    await known(sensors, ({ idleSeconds }) => idleSeconds !== null);
    let told = 0;
    const stop = sensors.onChange(() => (told += 1));
    outputs.set('ioreg -c IOHIDSystem -d 4', '"HIDIdleTime" = 90000000');
    await clock.advance(1000);
    expect((await known(sensors, ({ idleSeconds }) => idleSeconds === 0.09)).idleSeconds).toBe(0.09);
    expect(told).toBe(1);
    stop();
  });

  it('do not take the listening for its own voice commands for a call', async () => {
    outputs.set('pmset -g assertions', goldenOutput('macos', 'assertions-call'));
    const call = await started({ platform: 'darwin' });
    expect(await known(call, ({ microphoneInUse }) => microphoneInUse !== null)).toMatchObject({
      presentation: true,
      microphoneInUse: true,
      cameraInUse: true,
    });
    outputs.set('ps -o comm= -p 821', '/System/Library/PrivateFrameworks/CoreSpeech.framework/corespeechd\n');
    const own = await started({ platform: 'darwin' });
    expect((await known(own, ({ presentation }) => presentation === true)).microphoneInUse).toBe(false);
  });

  it('know a telephone that lends its connection by its address or by what it says', async () => {
    outputs.set('ipconfig getpacket en0', goldenOutput('macos', 'packet-android'));
    const android = await started({ platform: 'darwin' });
    expect((await known(android, ({ metered }) => metered !== null)).metered).toBe(true);
    addresses = { en7: address('172.20.10.3', '255.255.255.240') };
    const iphone = await started({ platform: 'darwin' });
    expect(iphone.read().metered).toBe(true);
  });

  it('know nothing of what fails, and leave it alone for half a minute', async () => {
    outputs.delete('pmset -g batt');
    const sensors = await started({ platform: 'darwin' });
    const signals = await known(sensors, ({ metered }) => metered !== null);
    expect([signals.onBattery, signals.batteryPercent]).toEqual([null, null]);
    await clock.advance(20_000);
    sensors.read();
    expect(asked.filter((command) => command === 'pmset -g batt')).toHaveLength(1);
    outputs.set('pmset -g batt', goldenOutput('macos', 'batt-none'));
    await clock.advance(10_000);
    expect((await known(sensors, ({ onBattery }) => onBattery !== null)).onBattery).toBe(false);
  });

  it('name running programs only when somebody asks', async () => {
    const sensors = await started({ platform: 'darwin' });
    sensors.read();
    expect(asked).not.toContain('ps -axo comm=');
    expect(await eventually('the names', () => sensors.programs() ?? false)).toEqual(['Chess', 'launchd']);
  });
});

/** Answers as the script for PowerShell does; `stuck` is a question that it never answers. */
const HELPER = `
  const answers = JSON.parse(process.argv[1]);
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line in answers) process.stdout.write(JSON.stringify(answers[line]) + '\\n');
    else if (line !== 'stuck') process.exit(3);
  }).on('close', () => process.exit(0));
`;

describe('the sensors of Windows', () => {
  const NOW = {
    idleMs: 61_500,
    session: 1,
    ac: 0,
    battery: 1,
    percent: 80,
    saver: 1,
    notification: 3,
    execution: 0,
  };
  const MORE = { maxMhz: 2000, mhzLimit: 1000, microphone: '', camera: '', cost: 'Fixed' };
  let helpers: ReturnType<typeof spawn>[];
  let answers: object;

  const startHelper: SensorParts['startHelper'] = () => {
    const child = spawn(process.execPath, ['-e', HELPER, JSON.stringify(answers)]);
    helpers.push(child);
    return child;
  };
  const ended = (child: ReturnType<typeof spawn> | undefined): boolean =>
    child !== undefined && (child.exitCode !== null || child.signalCode !== null);

  beforeEach(() => {
    helpers = [];
    answers = { now: NOW, more: MORE };
    outputs = new Map([['tasklist /fo csv /nh', goldenOutput('windows', 'tasklist')]]);
  });

  describe.each([false, true])('under Electron: %s', (desktop) => {
    sensorsContract(() => made({ platform: 'win32', desktop, startHelper }));
  });

  it('say what one helper answers, which ends with them', async () => {
    const sensors = await started({ platform: 'win32', startHelper });
    expect(await known(sensors, ({ metered }) => metered !== null)).toMatchObject({
      idleSeconds: 61.5,
      screenLocked: false,
      onBattery: true,
      batteryPercent: 80,
      powerSaver: true,
      thermal: null,
      cpuSpeedPercent: 50,
      fullScreen: true,
      presentation: false,
      microphoneInUse: false,
      cameraInUse: false,
      metered: true,
    });
    expect(helpers).toHaveLength(1);
    await sensors.stop();
    await eventually('the helper has ended', () => ended(helpers[0]));
    expect(sensors.read().idleSeconds).toBeNull();
    expect(helpers).toHaveLength(1);
  });

  it('do not start it before they are started themselves', () => {
    const sensors = hostSensors({
      clock,
      logger: silentLogger,
      dataFolder: folder,
      platform: 'win32',
      startHelper,
    });
    expect(sensors.read().onBattery).toBeNull();
    expect(helpers).toHaveLength(0);
  });

  it('know nothing while it fails, and start another after half a minute', async () => {
    answers = {};
    const sensors = await started({ platform: 'win32', startHelper });
    sensors.read();
    await eventually('both questions have failed', () => helpers.length === 2 && helpers.every(ended));
    answers = { now: NOW, more: MORE };
    await clock.advance(20_000);
    expect(sensors.read().idleSeconds).toBeNull();
    expect(helpers).toHaveLength(2);
    await clock.advance(10_000);
    expect((await known(sensors, ({ idleSeconds }) => idleSeconds !== null)).idleSeconds).toBe(61.5);
    expect(helpers).toHaveLength(3);
  });

  it('end a helper that does not answer', async () => {
    answers = {};
    const sensors = await started({
      platform: 'win32',
      startHelper: () => {
        const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
        helpers.push(child);
        return child;
      },
    });
    sensors.read();
    await eventually('it is asked', () => helpers.length === 1);
    await clock.advance(31_000);
    sensors.read();
    await eventually('it has ended', () => ended(helpers[0]));
  });

  it('name running programs only when somebody asks', async () => {
    const sensors = await started({ platform: 'win32', startHelper });
    sensors.read();
    expect(asked).toEqual([]);
    const names = await eventually('the names', () => sensors.programs() ?? false);
    expect(names).toContain('winlogon');
    expect(names).toHaveLength(9);
  });
});
