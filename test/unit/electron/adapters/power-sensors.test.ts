// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import type { Sensors } from '../../../../agent/ports.ts';
import { PowerSensors } from '../../../../electron/adapters/power-sensors.ts';
import { type Signals, UNKNOWN_SIGNALS } from '../../../../protocol/signals.ts';
import { FakeElectron } from '../../../support/fake-electron.ts';
import { TestClock } from '../../../support/test-clock.ts';

const HOST: Signals = { ...UNKNOWN_SIGNALS, batteryPercent: 63, freeDiskBytes: 5e9 };

let electron: FakeElectron;
let clock: TestClock;
let host: Signals;
let sayHost: () => void;
let hostRuns: boolean;
let sensors: PowerSensors;

const on = async (platform: NodeJS.Platform): Promise<void> => {
  const listeners = new Set<() => void>();
  sayHost = () => {
    for (const listener of listeners) listener();
  };
  const hostSensors: Sensors = {
    start: () => Promise.resolve(void (hostRuns = true)),
    stop: () => Promise.resolve(void (hostRuns = false)),
    read: () => host,
    programs: () => ['chess'],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const { powerMonitor: power, screen } = electron.api;
  sensors = new PowerSensors({ power, screen, host: hostSensors, clock, platform });
  await sensors.start(new AbortController().signal);
};

beforeEach(async () => {
  electron = new FakeElectron();
  clock = new TestClock();
  host = HOST;
  hostRuns = false;
  await on('win32');
});

describe('the sensors of the desktop', () => {
  it('read idle time, lock, power and sleep from Electron and the rest from the host', () => {
    electron.powerMonitor.idleSeconds = 312;
    expect(sensors.read()).toEqual({
      ...UNKNOWN_SIGNALS,
      idleSeconds: 312,
      screenLocked: false,
      onBattery: false,
      goingToSleep: false,
      batteryPercent: 63,
      freeDiskBytes: 5e9,
    });
    expect(sensors.programs()).toEqual(['chess']);
  });

  it('are on battery when either Electron or the host says so', () => {
    electron.powerMonitor.onBattery = true;
    expect(sensors.read().onBattery).toBe(true);
    electron.powerMonitor.onBattery = false;
    host = { ...HOST, onBattery: true };
    expect(sensors.read().onBattery).toBe(true);
    host = { ...HOST, onBattery: false };
    expect(sensors.read().onBattery).toBe(false);
  });

  it('know the lock by event where there are events, by asking where there are none', () => {
    electron.powerMonitor.idleState = 'locked';
    expect(sensors.read().screenLocked).toBe(true);
    electron.powerMonitor.idleState = 'unknown';
    expect(sensors.read().screenLocked).toBe(null);
    electron.powerMonitor.emit('lock-screen');
    expect(sensors.read().screenLocked).toBe(true);
    electron.powerMonitor.emit('unlock-screen');
    expect(sensors.read().screenLocked).toBe(false);
  });

  it('are locked as well when only the host knows it', () => {
    host = { ...HOST, screenLocked: true };
    expect(sensors.read().screenLocked).toBe(true);
    electron.powerMonitor.idleState = 'unknown';
    host = { ...HOST, screenLocked: false };
    expect(sensors.read().screenLocked).toBe(false);
  });

  it('fall back to the host where Electron cannot tell the idle time', () => {
    electron.powerMonitor.idleSeconds = -1;
    host = { ...HOST, idleSeconds: 9 };
    expect(sensors.read().idleSeconds).toBe(9);
    host = HOST;
    expect(sensors.read().idleSeconds).toBe(null);
  });

  it('take the latest input, at the desktop or at a terminal', () => {
    electron.powerMonitor.idleSeconds = 400;
    host = { ...HOST, idleSeconds: 2 };
    expect(sensors.read().idleSeconds).toBe(2);
    electron.powerMonitor.idleSeconds = 1;
    expect(sensors.read().idleSeconds).toBe(1);
  });

  it('believe the host on Linux, where Electron may say 0 for ever', async () => {
    await on('linux');
    electron.powerMonitor.idleSeconds = 0;
    host = { ...HOST, idleSeconds: 700 };
    expect(sensors.read().idleSeconds).toBe(700);
    host = HOST;
    expect(sensors.read().idleSeconds).toBe(0);
  });

  it('take a cursor that moves for input, though the system does not count it', async () => {
    electron.powerMonitor.idleSeconds = 400;
    expect(sensors.read().idleSeconds).toBe(400);
    electron.cursor = { x: 701, y: 400 };
    expect(sensors.read().idleSeconds).toBe(0);
    await clock.advance(5000);
    expect(sensors.read().idleSeconds).toBe(5);
    electron.powerMonitor.idleSeconds = 2;
    expect(sensors.read().idleSeconds).toBe(2);
  });

  it('cannot say who is there while the session of somebody else is on the screen', () => {
    electron.powerMonitor.idleSeconds = 400;
    electron.powerMonitor.emit('user-did-resign-active');
    expect(sensors.read().idleSeconds).toBe(null);
    electron.powerMonitor.emit('user-did-become-active');
    expect(sensors.read().idleSeconds).toBe(400);
  });

  it('read the heat from macOS, and from the host elsewhere', async () => {
    electron.powerMonitor.thermalState = 'serious';
    host = { ...HOST, thermal: 'fair' };
    expect(sensors.read().thermal).toBe('fair');
    await on('darwin');
    expect(sensors.read().thermal).toBe('serious');
    electron.powerMonitor.thermalState = 'unknown';
    expect(sensors.read().thermal).toBe('fair');
  });

  it('know the speed limit of the processor by event, and from the host before the first', () => {
    host = { ...HOST, cpuSpeedPercent: 100 };
    expect(sensors.read().cpuSpeedPercent).toBe(100);
    electron.powerMonitor.emit('speed-limit-change', { limit: 40 });
    expect(sensors.read().cpuSpeedPercent).toBe(40);
    electron.powerMonitor.emit('speed-limit-change', { limit: 110 });
    expect(sensors.read().cpuSpeedPercent).toBe(100);
    electron.powerMonitor.emit('speed-limit-change', {});
    expect(sensors.read().cpuSpeedPercent).toBe(100);
  });

  it('say that the computer is about to sleep, until it has woken up, or to shut down', () => {
    electron.powerMonitor.emit('suspend');
    expect(sensors.read().goingToSleep).toBe(true);
    electron.powerMonitor.emit('resume');
    expect(sensors.read().goingToSleep).toBe(false);
    host = { ...HOST, goingToSleep: true };
    expect(sensors.read().goingToSleep).toBe(true);
    host = HOST;
    electron.powerMonitor.emit('shutdown');
    expect(sensors.read().goingToSleep).toBe(true);
  });

  it('tell of every change by event, the lock already known, until nobody listens', () => {
    const seen: (boolean | null)[] = [];
    const stop = sensors.onChange(() => seen.push(sensors.read().screenLocked));
    electron.powerMonitor.emit('lock-screen');
    for (const name of ['on-battery', 'on-ac', 'suspend', 'resume']) electron.powerMonitor.emit(name);
    electron.powerMonitor.emit('unlock-screen');
    sayHost();
    expect(seen).toEqual([true, true, true, true, true, false, false]);
    stop();
    electron.powerMonitor.emit('lock-screen');
    expect(seen).toHaveLength(7);
  });

  it('hear each event once however often they are started, and none after they have stopped', async () => {
    await sensors.start(new AbortController().signal);
    let heard = 0;
    sensors.onChange(() => (heard += 1));
    electron.powerMonitor.emit('on-ac');
    expect([heard, hostRuns]).toEqual([1, true]);
    await sensors.stop();
    await sensors.stop();
    electron.powerMonitor.emit('on-ac');
    sayHost();
    expect([heard, hostRuns]).toEqual([1, false]);
    expect(electron.powerMonitor.eventNames()).toEqual([]);
  });
});
