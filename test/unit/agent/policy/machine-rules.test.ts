// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { Signals } from '../../../../protocol/signals.ts';
import { codes, decision, lastOf, lookAlong, NOW, reasons } from '../../../support/policy-look.ts';

describe('the battery rule', () => {
  const allowed = { runOnBattery: true };
  const at = (batteryPercent: number | null, onBattery: boolean | null = true): Partial<Signals> => ({
    onBattery,
    batteryPercent,
  });

  it('says the charge where it is known', () => {
    expect(reasons({ signals: at(42) })).toEqual([{ code: 'on_battery', percent: 42 }]);
    expect(reasons({ signals: at(null) })).toEqual([{ code: 'on_battery' }]);
    expect(reasons({ signals: at(42, null) })).toEqual([{ code: 'power_unknown' }]);
  });

  it('where the owner allows battery, runs only above the charge that the owner named', () => {
    expect(codes({ settings: allowed, signals: at(51) })).toEqual([]);
    expect(reasons({ settings: allowed, signals: at(50) })).toEqual([
      { code: 'on_battery', percent: 50, abovePercent: 50 },
    ]);
  });

  it('takes an unknown charge for too little, unless any charge will do', () => {
    expect(reasons({ settings: allowed, signals: at(null) })).toEqual([
      { code: 'on_battery', abovePercent: 50 },
    ]);
    expect(reasons({ settings: allowed, signals: at(null, null) })).toEqual([{ code: 'power_unknown' }]);
    expect(codes({ settings: { ...allowed, batteryAbovePercent: 0 }, signals: at(null) })).toEqual([]);
    expect(codes({ settings: { ...allowed, batteryAbovePercent: 0 }, signals: at(0) })).toEqual([
      'on_battery',
    ]);
  });

  it('lets go only with three points more', () => {
    const sight = (ms: number, percent: number) => ({ at: ms, settings: allowed, signals: at(percent) });
    expect(lastOf(sight(0, 50), sight(60_000, 52)).reasons).toEqual([
      { code: 'on_battery', percent: 52, abovePercent: 53 },
    ]);
    expect(lastOf(sight(0, 50), sight(1000, 53)).reasons).toMatchObject([{ code: 'settling' }]);
    expect(lastOf(sight(0, 50), sight(30_000, 53)).reasons).toEqual([]);
    expect(lastOf(sight(0, 51)).reasons).toEqual([]);
  });

  it('never runs above a full battery, and lets go at a full one though three points more do not exist', () => {
    const full = { ...allowed, batteryAbovePercent: 100 };
    expect(codes({ settings: full, signals: at(100) })).toEqual(['on_battery']);
    const nearly = { ...allowed, batteryAbovePercent: 99 };
    const looks = lookAlong(
      { at: 0, settings: nearly, signals: at(99) },
      { at: 40_000, settings: nearly, signals: at(100) },
    );
    expect(looks.map(({ slots }) => slots)).toEqual([0, 4]);
  });

  it('leaves a computer without a battery alone', () => {
    expect(codes({ signals: { onBattery: false, batteryPercent: null } })).toEqual([]);
  });
});

describe('the power saver rule', () => {
  it('counts wherever it is known to be on, unless the owner allows it', () => {
    expect(reasons({ signals: { powerSaver: true } })).toEqual([{ code: 'power_saver' }]);
    expect(codes({ signals: { powerSaver: true }, settings: { runOnPowerSaver: true } })).toEqual([]);
  });

  it('counts where it is unknown only without mains power', () => {
    const settings = { runOnBattery: true };
    expect(codes({ settings, signals: { powerSaver: null } })).toEqual([]);
    for (const onBattery of [true, null]) {
      const signals = { powerSaver: null, onBattery, batteryPercent: 90 };
      expect(codes({ settings, signals })).toEqual(['power_saver']);
      expect(codes({ settings, signals: { ...signals, powerSaver: false } })).toEqual([]);
    }
  });
});

describe('the rules of heat', () => {
  it('leave half while warm and nothing while hot', () => {
    expect(decision({ signals: { thermal: 'fair' } })).toMatchObject({
      slots: 2,
      cpuDutyPercent: 100,
      reasons: [{ code: 'too_hot', thermal: 'fair', leaves: 50 }],
    });
    for (const thermal of ['serious', 'critical'] as const) {
      expect(decision({ signals: { thermal } })).toMatchObject({
        slots: 0,
        reasons: [{ code: 'too_hot', thermal, leaves: 0 }],
      });
    }
  });

  it('say nothing where the owner does not want them', () => {
    const settings = { stopWhenHot: false, awayCpuPercent: 100 };
    for (const thermal of ['fair', 'serious', 'critical', null] as const) {
      expect(decision({ settings, signals: { thermal, cpuSpeedPercent: 10 } })).toMatchObject({
        slots: 8,
        reasons: [],
      });
    }
  });

  it('leave at most half of the processor while heat is unknown, and say so only where that is less', () => {
    const signals = { thermal: null };
    expect(decision({ signals })).toMatchObject({ slots: 4, reasons: [] });
    expect(decision({ signals, settings: { awayCpuPercent: 51 } })).toMatchObject({
      slots: 4,
      cpuDutyPercent: 100,
      reasons: [{ code: 'heat_unknown', mostPercent: 50 }],
    });
    expect(codes({ signals: { ...signals, onBattery: true }, settings: { awayCpuPercent: 100 } })).toEqual([
      'on_battery',
    ]);
  });

  it('stop while the system slows the processor down for longer than a moment', () => {
    const slow = { signals: { cpuSpeedPercent: 69 } };
    expect(lastOf({ at: 0, ...slow }).slots).toBe(4);
    expect(lastOf({ at: 0, ...slow }, { at: 9999, ...slow }).slots).toBe(4);
    expect(lastOf({ at: 0, ...slow }, { at: 10_000, ...slow })).toMatchObject({
      slots: 0,
      reasons: [{ code: 'cpu_slowed', speedPercent: 69, thresholdPercent: 80 }],
    });
    expect(codes({ signals: { cpuSpeedPercent: null } })).toEqual([]);
  });

  it('take a processor for slowed down until it has eighty percent of its speed', () => {
    const looks = lookAlong(
      { at: 0, signals: { cpuSpeedPercent: 69 } },
      { at: 10_000, signals: { cpuSpeedPercent: 70 } },
    );
    expect(looks[1]?.reasons).toEqual([]);
    const held = [
      { at: 0, signals: { cpuSpeedPercent: 69 } },
      { at: 10_000, signals: { cpuSpeedPercent: 69 } },
    ];
    expect(lastOf(...held, { at: 20_000, signals: { cpuSpeedPercent: 79 } }).reasons).toEqual([
      { code: 'cpu_slowed', speedPercent: 79, thresholdPercent: 80 },
    ]);
    expect(lastOf(...held, { at: 20_000, signals: { cpuSpeedPercent: 80 } }).reasons).toMatchObject([
      { code: 'settling', mayEndAt: expect.any(Number) as number },
    ]);
  });

  it('let a hot computer cool for two minutes, doing nothing first and half then', () => {
    const looks = lookAlong(
      { at: 0, signals: { thermal: 'serious' } },
      { at: 60_000, signals: { thermal: 'fair' } },
      { at: 120_000, signals: { thermal: 'fair' } },
      { at: 180_000, signals: {} },
      { at: 240_000, signals: {} },
    );
    expect(looks.map(({ slots }) => slots)).toEqual([0, 0, 2, 2, 4]);
    expect(looks[1]?.reasons.map(({ code }) => code)).toEqual(['settling', 'too_hot']);
    expect(looks[3]?.reasons.map(({ code }) => code)).toEqual(['settling']);
  });
});

describe('the rules of memory and disk', () => {
  it('stop below what the owner keeps free, and give memory back', () => {
    expect(decision({ signals: { freeMemoryBytes: 999e6 } })).toMatchObject({
      slots: 0,
      keepsMemory: false,
      mayFetch: true,
      reasons: [{ code: 'memory_low', freeBytes: 999e6, keepFreeBytes: 1e9 }],
    });
    expect(decision({ signals: { freeDiskBytes: 9e9 } })).toMatchObject({
      slots: 0,
      keepsMemory: true,
      mayFetch: false,
      reasons: [{ code: 'disk_low', freeBytes: 9e9, keepFreeBytes: 10e9 }],
    });
  });

  it('allow exactly what the owner keeps free', () => {
    expect(codes({ signals: { freeMemoryBytes: 1e9, freeDiskBytes: 10e9 } })).toEqual([]);
  });

  it('take unknown memory for too little, and let unknown disk space forbid nothing', () => {
    expect(reasons({ signals: { freeMemoryBytes: null } })).toEqual([
      { code: 'memory_low', keepFreeBytes: 1e9 },
    ]);
    expect(codes({ signals: { freeMemoryBytes: null }, settings: { keepFreeMemoryGigabytes: 0 } })).toEqual(
      [],
    );
    expect(codes({ signals: { freeDiskBytes: null } })).toEqual([]);
  });

  it('let go only with a tenth more', () => {
    const sight = (at: number, freeMemoryBytes: number, freeDiskBytes: number) => ({
      at,
      signals: { freeMemoryBytes, freeDiskBytes },
    });
    const low = sight(0, 0.9e9, 9e9);
    expect(lastOf(low, sight(1000, 0.95e9, 9.5e9)).reasons).toMatchObject([
      { code: 'memory_low', keepFreeBytes: 1e9 },
      { code: 'disk_low', keepFreeBytes: 10e9 },
    ]);
    expect(lastOf(low, sight(1000, 1.05e9, 10.5e9)).reasons).toMatchObject([
      { code: 'memory_low', freeBytes: 1.05e9, keepFreeBytes: 1.1e9 },
      { code: 'disk_low', freeBytes: 10.5e9, keepFreeBytes: 11e9 },
    ]);
    expect(lastOf(low, sight(1000, 1.11e9, 11.1e9)).reasons).toMatchObject([{ code: 'settling' }]);
  });

  it('do not take memory again for five minutes, and the disk for thirty seconds', () => {
    const memory = { at: 0, signals: { freeMemoryBytes: 0 } };
    expect(lastOf(memory, { at: 299_999 })).toMatchObject({ slots: 0, keepsMemory: false });
    expect(lastOf(memory, { at: 300_000 })).toMatchObject({ slots: 4, keepsMemory: true });
    const disk = { at: 0, signals: { freeDiskBytes: 0 } };
    expect(lastOf(disk, { at: 29_999 })).toMatchObject({ slots: 0, mayFetch: false });
    expect(lastOf(disk, { at: 30_000 })).toMatchObject({ slots: 4, mayFetch: true });
  });
});

describe('the rules of the connection', () => {
  it('keep what is here running, and fetch nothing on a connection that is or may be metered', () => {
    expect(decision({ signals: { metered: true } })).toMatchObject({
      slots: 4,
      mayFetch: false,
      reasons: [{ code: 'metered_network', known: true }],
    });
    expect(decision({ signals: { metered: null } })).toMatchObject({
      slots: 4,
      mayFetch: false,
      reasons: [{ code: 'metered_network', known: false }],
    });
    expect(codes({ signals: { metered: true }, settings: { runOnMetered: true } })).toEqual([]);
  });

  it('end at local midnight when the day’s share is used up', () => {
    const now = new Date(2026, 10, 22, 21, 15).getTime();
    expect(decision({ facts: { networkBytesToday: 2e9 }, now })).toMatchObject({
      slots: 4,
      mayFetch: false,
      reasons: [
        {
          code: 'network_quota',
          usedBytes: 2e9,
          quotaBytes: 2e9,
          mayEndAt: new Date(2026, 10, 23).getTime(),
        },
      ],
    });
    expect(codes({ facts: { networkBytesToday: 2e9 - 1 } })).toEqual([]);
  });

  it('begin to fetch at midnight', () => {
    const midnight = new Date(2026, 10, 23).getTime() - NOW;
    const looks = lookAlong(
      { at: midnight - 1000, facts: { networkBytesToday: 2e9 } },
      { at: midnight, facts: { networkBytesToday: 0 } },
    );
    expect(looks.map(({ mayFetch }) => mayFetch)).toEqual([false, true]);
  });

  it('say nothing about the network of one, which never leaves this computer', () => {
    const facts = { network: 'this_computer', networkBytesToday: 9e9 } as const;
    expect(decision({ facts, signals: { metered: true } })).toMatchObject({ mayFetch: true, reasons: [] });
  });

  it('do not fetch again within thirty seconds', () => {
    const metered = { at: 0, signals: { metered: true } };
    expect(lastOf(metered, { at: 29_999 })).toMatchObject({
      slots: 4,
      mayFetch: false,
      reasons: [{ code: 'settling' }],
    });
    expect(lastOf(metered, { at: 30_000 })).toMatchObject({ mayFetch: true, reasons: [] });
  });
});
