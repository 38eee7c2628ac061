// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  assertionsFrom,
  batteryFrom,
  commandsFrom,
  freeMemoryFrom,
  idleFrom,
  isAndroidHotspot,
  lockFrom,
  powerSaverFrom,
  speedFrom,
  thermalFrom,
} from '../../agent/adapters/sensors/macos-outputs.ts';
import {
  signalsMore,
  signalsNow,
  tasklistNames,
  type WindowsNow,
  windowsNowSchema,
} from '../../agent/adapters/sensors/windows-answers.ts';
import { goldenOutput } from '../support/golden-output.ts';

// This project has neither a Mac nor a Windows PC: the outputs are those that others have published.

const mac = (name: string): string => goldenOutput('macos', name);

describe('outputs of other systems', () => {
  it('each say which command printed them, and where that was published or that it was not recorded', () => {
    for (const system of ['macos', 'windows']) {
      const folder = join(import.meta.dirname, 'sensors', system);
      for (const name of readdirSync(folder)) {
        const text = readFileSync(join(folder, name), 'utf8');
        expect(text, name).toMatch(/^# (?:pmset|ioreg|vm_stat|ipconfig|notifyutil|tasklist)\b/);
        expect(text, name).toMatch(/^# .*(?:https:\/\/|public)/m);
      }
    }
  });
});

describe('what macOS prints', () => {
  it('tells how long nobody has been there', () => {
    expect(idleFrom(mac('idle'))).toBeCloseTo(421.858, 3);
    expect(idleFrom(`${mac('idle')}\n"HIDIdleTime" = 2000000000`)).toBe(2);
    expect(idleFrom(mac('root-locked'))).toBeNull();
  });

  it('tells whether the screen is locked', () => {
    expect(lockFrom(mac('root-unlocked'))).toBe(false);
    expect(lockFrom(mac('root-locked'))).toBe(true);
    expect(lockFrom(mac('root-unlocked').replace('"IOConsoleLocked" = No', '"IOConsoleLocked" = Yes'))).toBe(true);
    expect(lockFrom('')).toBeNull();
  });

  it.each([
    ['batt-charging', false, 67],
    ['batt-discharging', true, 95],
    ['batt-not-charging', false, 88],
    ['batt-no-estimate', true, 90],
    ['batt-none', false, null],
  ])('tells about the battery: %s', (name, onBattery, batteryPercent) => {
    expect(batteryFrom(mac(name))).toEqual({ onBattery, batteryPercent });
  });

  it('says nothing about the battery when it prints something else', () => {
    expect(batteryFrom('')).toEqual({ onBattery: null, batteryPercent: null });
  });

  it('tells whether power is to be saved, by the older switch and the newer mode', () => {
    expect(powerSaverFrom(mac('settings-low-power-off'))).toBe(false);
    expect(powerSaverFrom(mac('settings-low-power-off').replace(/(lowpowermode +)0/, '$11'))).toBe(true);
    expect(powerSaverFrom(mac('settings-no-low-power'))).toBe(false);
    expect(powerSaverFrom(mac('settings-power-mode-low'))).toBe(true);
    expect(powerSaverFrom(mac('settings-power-mode-low').replace(/(powermode +)1/, '$12'))).toBe(false);
    expect(powerSaverFrom('')).toBeNull();
  });

  it('tells what the processor may run at', () => {
    expect(speedFrom(mac('therm-apple-silicon'))).toBe(100);
    expect(speedFrom(mac('therm-intel'))).toBe(100);
    expect(speedFrom(mac('therm-intel-slowed'))).toBe(28);
    expect(speedFrom('')).toBeNull();
  });

  it('tells how hot it is, in four words', () => {
    const level = (now: number): unknown => thermalFrom(mac('thermal-pressure').replace('1', String(now)));
    expect([0, 1, 2, 3, 4].map(level)).toEqual(['nominal', 'fair', 'serious', 'critical', 'critical']);
    expect([level(9), thermalFrom('')]).toEqual([null, null]);
  });

  it('tells of films, calls and cameras', () => {
    const quiet = { presentation: false, listeners: [], unnamedListener: false, camera: false };
    expect(assertionsFrom(mac('assertions-nobody'))).toEqual(quiet);
    expect(assertionsFrom(mac('assertions-browser-sound'))).toEqual(quiet);
    expect(assertionsFrom(mac('assertions-film'))).toEqual({ ...quiet, presentation: true });
    expect(assertionsFrom(mac('assertions-call'))).toEqual({
      presentation: true,
      listeners: [821],
      unnamedListener: false,
      camera: true,
    });
    const unnamed = mac('assertions-call').replace(/\n\tCreated for PID: 821\./, '');
    expect(assertionsFrom(unnamed)).toMatchObject({ listeners: [], unnamedListener: true });
    expect(assertionsFrom('')).toBeNull();
  });

  it('tells how much memory programs could still take', () => {
    expect(freeMemoryFrom(mac('vm-stat-intel'))).toBe((90518 + 134461 + 32417) * 4096);
    expect(freeMemoryFrom(mac('vm-stat-apple-silicon'))).toBe((123456 + 12345 + 345678) * 16384);
    expect(freeMemoryFrom('')).toBeNull();
  });

  it('tells of a telephone that lends its connection', () => {
    expect(isAndroidHotspot(mac('packet-android'))).toBe(true);
    expect(isAndroidHotspot(mac('packet-android').replace(/^0000.*$/m, ''))).toBe(false);
    expect(isAndroidHotspot('')).toBe(false);
  });

  it('names programs line by line', () => {
    expect(commandsFrom('/sbin/launchd\n/Applications/Chess.app/Contents/MacOS/Chess\n')).toEqual([
      '/sbin/launchd',
      '/Applications/Chess.app/Contents/MacOS/Chess',
    ]);
  });
});

/** What a desktop PC's system calls say when nothing is going on. */
const PC: WindowsNow = windowsNowSchema.parse({
  idleMs: 61_500,
  session: 1,
  ac: 1,
  battery: 128,
  percent: 255,
  saver: 0,
  notification: 5,
  execution: 0,
});

describe('what Windows answers', () => {
  const now = (change: Partial<WindowsNow> = {}): unknown => signalsNow({ ...PC, ...change }, false);

  it('tells who is there, and about power', () => {
    expect(now()).toEqual({
      idleSeconds: 61.5,
      screenLocked: false,
      onBattery: false,
      batteryPercent: null,
      powerSaver: false,
      fullScreen: false,
      presentation: false,
    });
    expect(now({ session: 0 })).toMatchObject({ screenLocked: true });
    expect(now({ session: -1 })).toMatchObject({ screenLocked: null });
  });

  it('leaves out who is there when Electron knows', () => {
    expect(signalsNow(PC, true)).not.toHaveProperty('idleSeconds');
    expect(signalsNow(PC, true)).not.toHaveProperty('screenLocked');
  });

  it.each([
    [{ ac: 0, battery: 1, percent: 80 }, true, 80],
    [{ ac: 1, battery: 9, percent: 90 }, false, 90],
    [{ ac: 255, battery: 128, percent: 255 }, false, null],
    [{ ac: 255, battery: 255, percent: 255 }, null, null],
    [{ ac: 0, battery: 255, percent: 255 }, true, null],
    [{ ac: null, battery: null, percent: null }, null, null],
  ])('tells about the battery: %j', (answer, onBattery, batteryPercent) => {
    expect(now(answer)).toMatchObject({ onBattery, batteryPercent });
  });

  it.each([
    [1, false, false],
    [2, true, false],
    [3, true, false],
    [4, false, true],
    [5, false, false],
    [6, false, false],
    [7, true, false],
    [null, null, false],
  ])('tells by the notification state %s what fills the screen', (notification, fullScreen, presentation) => {
    expect(now({ notification })).toMatchObject({ fullScreen, presentation });
  });

  it('takes whatever keeps the screen on for a presentation', () => {
    expect(now({ execution: 0x80000002 })).toMatchObject({ presentation: true });
    expect(now({ execution: 1 })).toMatchObject({ presentation: false });
    expect(now({ execution: null, notification: null })).toMatchObject({ presentation: null });
  });

  it('knows only what was answered', () => {
    expect(signalsNow({}, false)).toEqual({
      idleSeconds: null,
      screenLocked: null,
      onBattery: null,
      batteryPercent: null,
      powerSaver: null,
      fullScreen: null,
      presentation: null,
    });
    expect(signalsMore({}, 0)).toEqual({
      cpuSpeedPercent: null,
      microphoneInUse: null,
      cameraInUse: null,
      metered: null,
    });
  });

  it('tells of calls, but not of those that ended with a crash before this computer was started', () => {
    // LastUsedTimeStart of a program, as `reg query` printed it on a Windows PC: 0x1dd2765f6df10ec.
    const begun = '134306882777977068';
    const at = Date.UTC(2026, 7, 8, 18, 44, 37);
    expect(signalsMore({ microphone: begun, camera: '' }, at - 60_000)).toMatchObject({
      microphoneInUse: true,
      cameraInUse: false,
    });
    expect(signalsMore({ microphone: begun }, at + 60_000)).toMatchObject({ microphoneInUse: false });
    expect(signalsMore({ camera: `12 ${begun}` }, at - 60_000)).toMatchObject({ cameraInUse: true });
  });

  it('tells whether the connection is paid by volume, and what the processor may run at', () => {
    const metered = (cost: string): unknown => signalsMore({ cost }, 0).metered;
    expect(['Unrestricted', 'None', 'Fixed', 'Variable', 'Unknown'].map(metered)).toEqual([
      false,
      false,
      true,
      true,
      null,
    ]);
    expect(signalsMore({ maxMhz: 2592, mhzLimit: 1296 }, 0).cpuSpeedPercent).toBe(50);
    expect(signalsMore({ maxMhz: 2592, mhzLimit: 2592 }, 0).cpuSpeedPercent).toBe(100);
  });

  it('names programs', () => {
    const names = tasklistNames(goldenOutput('windows', 'tasklist'));
    expect(names).toEqual([
      'System Idle Process',
      'System',
      'Secure System',
      'Registry',
      'smss.exe',
      'csrss.exe',
      'wininit.exe',
      'csrss.exe',
      'winlogon.exe',
      'services.exe',
    ]);
  });
});
