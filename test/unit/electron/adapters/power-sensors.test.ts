// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import type { Sensors } from '../../../../agent/ports.ts';
import { PowerSensors } from '../../../../electron/adapters/power-sensors.ts';
import type { Signals } from '../../../../protocol/signals.ts';
import { FakeElectron } from '../../../support/fake-electron.ts';

const HOST: Signals = {
  idleSeconds: null,
  screenLocked: null,
  onBattery: null,
  batteryPercent: 63,
  freeDiskBytes: 5e9,
};

let electron: FakeElectron;
let host: Signals;
let sayHost: () => void;
let hostRuns: boolean;
let sensors: PowerSensors;

beforeEach(async () => {
  electron = new FakeElectron();
  host = HOST;
  hostRuns = false;
  const listeners = new Set<() => void>();
  sayHost = () => {
    for (const listener of listeners) listener();
  };
  const hostSensors: Sensors = {
    start: () => Promise.resolve(void (hostRuns = true)),
    stop: () => Promise.resolve(void (hostRuns = false)),
    read: () => host,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  sensors = new PowerSensors(electron.api.powerMonitor, hostSensors);
  await sensors.start(new AbortController().signal);
});

describe('the sensors of the desktop', () => {
  it('read idle time, lock and power from Electron and the rest from the host', () => {
    electron.powerMonitor.idleSeconds = 312;
    expect(sensors.read()).toEqual({
      idleSeconds: 312,
      screenLocked: false,
      onBattery: false,
      batteryPercent: 63,
      freeDiskBytes: 5e9,
    });
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

  it('fall back to the host where Electron cannot tell the idle time', () => {
    electron.powerMonitor.idleSeconds = -1;
    host = { ...HOST, idleSeconds: 9 };
    expect(sensors.read().idleSeconds).toBe(9);
  });

  it('take the latest input, at the desktop or at a terminal', () => {
    electron.powerMonitor.idleSeconds = 400;
    host = { ...HOST, idleSeconds: 2 };
    expect(sensors.read().idleSeconds).toBe(2);
    electron.powerMonitor.idleSeconds = 1;
    expect(sensors.read().idleSeconds).toBe(1);
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
