// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { UNKNOWN_SIGNALS } from '../../../../protocol/signals.ts';
import { codes, decision, lastOf, NOW, reasons, type Sight } from '../../../support/policy-look.ts';

describe('the run decision', () => {
  it('runs everything that the away limits allow when nobody is there, without a reason', () => {
    expect(decision()).toEqual({
      slots: 4,
      cpuDutyPercent: 100,
      gpuDutyPercent: 0,
      memoryPercent: 25,
      keepsMemory: true,
      mayFetch: true,
      keepAwake: false,
      profile: 'away',
      reasons: [],
    });
  });

  it.each([
    ['consent is missing', { settings: { consentGivenAt: null } }, 'consent_needed'],
    ['Lull is quitting', { facts: { shuttingDown: true } }, 'shutting_down'],
    ['an update waits', { facts: { updatePending: true } }, 'update_pending'],
    ['the network contradicted its ledger', { facts: { ledgerTrusted: false } }, 'ledger_contradiction'],
    ['the owner paused until told', { settings: { pausedUntil: 'resumed' } }, 'paused_by_user'],
    ['the owner paused for a while', { settings: { pausedUntil: NOW + 1 } }, 'paused_by_user'],
    ['it goes to sleep', { signals: { goingToSleep: true } }, 'going_to_sleep'],
    ['it is on battery', { signals: { onBattery: true, batteryPercent: 80 } }, 'on_battery'],
    ['its power is unknown', { signals: { onBattery: null } }, 'power_unknown'],
    ['it saves power', { signals: { powerSaver: true } }, 'power_saver'],
    ['it is hot', { signals: { thermal: 'serious' } }, 'too_hot'],
    ['memory is low', { signals: { freeMemoryBytes: 5 } }, 'memory_low'],
    ['the disk is low', { signals: { freeDiskBytes: 9e9 } }, 'disk_low'],
    ['electricity is dear', { settings: { pricePerKwh: 2, mostPricePerKwh: 1 } }, 'power_price'],
    ['the hour is off', { settings: { schedule: Array<string>(7).fill('0'.repeat(24)) } }, 'off_schedule'],
    [
      'a program has it all',
      { settings: { exclusiveApps: ['x'] }, facts: { programs: ['x'] } },
      'exclusive_app',
    ],
    ['a microphone is on', { signals: { microphoneInUse: true } }, 'call'],
    ['a presentation is on', { signals: { presentation: true } }, 'presentation'],
    ['a program fills the screen', { signals: { fullScreen: true } }, 'full_screen'],
    ['the owner is there', { signals: { idleSeconds: 299 } }, 'user_active'],
    ['it cannot be known whether the owner is there', { signals: { idleSeconds: null } }, 'user_active'],
    ['the limit is zero', { settings: { awayCpuPercent: 0 } }, 'limit_is_zero'],
  ] satisfies [string, Sight, string][])('runs nothing while %s', (_what, sight, code) => {
    expect(decision(sight)).toMatchObject({ slots: 0, cpuDutyPercent: 0 });
    expect(codes(sight)[0]).toBe(code);
  });

  it('runs nothing where nothing is known', () => {
    expect(decision({ signals: UNKNOWN_SIGNALS })).toMatchObject({ slots: 0, mayFetch: false });
    expect(codes({ signals: UNKNOWN_SIGNALS })).toEqual([
      'power_unknown',
      'power_saver',
      'memory_low',
      'user_active',
      'limit_is_zero',
      'metered_network',
    ]);
  });

  it('takes unknown sleep for none', () => {
    expect(codes({ signals: { goingToSleep: null } })).toEqual([]);
  });

  it('names first what explains most: owner, machine, money, plan, person, network, parts, GPU', () => {
    const sight: Sight = {
      settings: {
        consentGivenAt: null,
        pausedUntil: 'resumed',
        gpuPausedUntil: 'resumed',
        mostPricePerKwh: 1,
        neverAtALoss: true,
        schedule: Array<string>(7).fill('0'.repeat(24)),
        exclusiveApps: ['x'],
      },
      signals: {
        goingToSleep: true,
        onBattery: true,
        powerSaver: true,
        thermal: 'critical',
        freeMemoryBytes: 0,
        freeDiskBytes: 0,
        microphoneInUse: true,
        presentation: true,
        fullScreen: true,
        idleSeconds: 0,
        metered: true,
      },
      facts: {
        gpus: 1,
        shuttingDown: true,
        updatePending: true,
        ledgerTrusted: false,
        networkBytesToday: 9e9,
        offlineSince: NOW - 5,
      },
    };
    expect(codes(sight)).toEqual([
      'consent_needed',
      'shutting_down',
      'update_pending',
      'ledger_contradiction',
      'paused_by_user',
      'going_to_sleep',
      'on_battery',
      'power_saver',
      'too_hot',
      'memory_low',
      'disk_low',
      'power_price',
      'off_schedule',
      'exclusive_app',
      'call',
      'presentation',
      'full_screen',
      'user_active',
      'limit_is_zero',
      'metered_network',
      'network_quota',
      'offline',
      'paused_by_user',
      'limit_is_zero',
    ]);
  });

  it('puts what leaves a part behind what leaves nothing', () => {
    const settings = { inUseCpuPercent: 10 };
    expect(codes({ settings, signals: { idleSeconds: 0, thermal: 'fair' } })).toEqual([
      'user_active',
      'too_hot',
    ]);
    expect(codes({ settings, signals: { idleSeconds: 0, freeDiskBytes: 0 } })).toEqual([
      'disk_low',
      'user_active',
    ]);
    expect(codes({ settings, signals: { fullScreen: true, thermal: 'fair' } })).toEqual([
      'full_screen',
      'too_hot',
    ]);
  });

  it('puts what keeps work from coming before what leaves a part, for that explains why nothing runs', () => {
    const settings = { gpuPausedUntil: 'resumed' } as const;
    const facts = { gpus: 1, noWork: 'nothing_to_do' } as const;
    expect(codes({ settings, facts, signals: { thermal: 'fair' } })).toEqual([
      'nothing_to_do',
      'too_hot',
      'paused_by_user',
    ]);
    expect(codes({ facts: { gpus: 1 }, signals: { thermal: 'fair', metered: true } })).toEqual([
      'metered_network',
      'too_hot',
    ]);
  });

  it('ends a pause at its moment, and says it before', () => {
    expect(reasons({ settings: { pausedUntil: NOW + 5 } })).toEqual([
      { code: 'paused_by_user', for: 'all', mayEndAt: NOW + 5 },
    ]);
    expect(reasons({ settings: { pausedUntil: 'resumed' } })).toEqual([
      { code: 'paused_by_user', for: 'all' },
    ]);
    expect(decision({ settings: { pausedUntil: NOW } }).slots).toBe(4);
  });

  it('keeps asking for work while it is offline or has nothing to do, and says so', () => {
    expect(decision({ facts: { offlineSince: 7 } })).toMatchObject({
      slots: 4,
      reasons: [{ code: 'offline', since: 7 }],
    });
    expect(decision({ facts: { noWork: 'needs_more_memory' } })).toMatchObject({
      slots: 4,
      reasons: [{ code: 'nothing_to_do', detail: 'needs_more_memory' }],
    });
  });

  it('does not say that there is nothing to do where nothing may run or be fetched', () => {
    const facts = { noWork: 'nothing_to_do' } as const;
    expect(codes({ facts, signals: { onBattery: true } })).toEqual(['on_battery']);
    expect(codes({ facts, signals: { metered: true } })).toEqual(['metered_network']);
  });
});

describe('the limits of a profile', () => {
  const there = { idleSeconds: 0 };

  it('are the smaller share that the owner allows while at the computer, with a reason', () => {
    const sight: Sight = {
      settings: { inUseCpuPercent: 10, inUseMemoryPercent: 5 },
      signals: there,
    };
    expect(decision(sight)).toMatchObject({
      slots: 1,
      cpuDutyPercent: 80,
      memoryPercent: 5,
      profile: 'in_use',
    });
    expect(codes(sight)).toEqual(['user_active']);
  });

  it('name the profile whose limit is zero', () => {
    expect(reasons({ settings: { awayCpuPercent: 0 } })).toEqual([
      { code: 'limit_is_zero', for: 'cpu', profile: 'away' },
    ]);
    expect(reasons({ settings: { awayCpuPercent: 0, inUseCpuPercent: 10 } })).toEqual([
      { code: 'limit_is_zero', for: 'cpu', profile: 'away' },
    ]);
    expect(reasons({ signals: there })).toMatchObject([
      { code: 'user_active' },
      { code: 'limit_is_zero', for: 'cpu', profile: 'in_use' },
    ]);
  });

  it('bound how many tasks run at a time, each at no more than a whole thread', () => {
    expect(decision({ settings: { awayThreads: 3 } })).toMatchObject({ slots: 3, cpuDutyPercent: 100 });
    expect(decision({ settings: { awayThreads: 30 } })).toMatchObject({ slots: 4, cpuDutyPercent: 100 });
    expect(decision({ settings: { inUseThreads: 1, inUseCpuPercent: 50 }, signals: there })).toMatchObject({
      slots: 1,
      cpuDutyPercent: 100,
    });
  });

  it('may be higher in use than away, once the owner has been there for as long as anything settles', () => {
    const settings = { awayCpuPercent: 25, inUseCpuPercent: 75 };
    expect(decision({ settings, signals: there })).toMatchObject({ slots: 6, profile: 'in_use' });
  });
});

describe('the graphics processor', () => {
  const facts = { gpus: 1 };

  it('gets its share while nobody is there, and none while somebody is, with a reason of its own', () => {
    expect(decision({ facts })).toMatchObject({ gpuDutyPercent: 50, reasons: [] });
    expect(decision({ facts, settings: { inUseCpuPercent: 10 }, signals: { idleSeconds: 0 } })).toMatchObject(
      {
        slots: 1,
        gpuDutyPercent: 0,
        reasons: [{ code: 'user_active' }, { code: 'limit_is_zero', for: 'gpu', profile: 'in_use' }],
      },
    );
  });

  it('is said nothing about where there is none', () => {
    const settings = { awayGpuPercent: 0, gpuPausedUntil: 'resumed' } as const;
    expect(decision({ settings })).toMatchObject({ gpuDutyPercent: 0, reasons: [] });
  });

  it('is paused alone, until its moment', () => {
    const paused: Sight = { facts, settings: { gpuPausedUntil: NOW + 9 } };
    expect(decision(paused)).toMatchObject({
      slots: 4,
      gpuDutyPercent: 0,
      reasons: [{ code: 'paused_by_user', for: 'gpu', mayEndAt: NOW + 9 }],
    });
    expect(decision({ facts, settings: { gpuPausedUntil: NOW } }).gpuDutyPercent).toBe(50);
    expect(decision({ facts, settings: { gpuPausedUntil: 'resumed' } }).gpuDutyPercent).toBe(0);
  });

  it('stands still with everything else', () => {
    expect(decision({ facts, signals: { onBattery: true } }).gpuDutyPercent).toBe(0);
    expect(decision({ facts, settings: { pausedUntil: 'resumed' } }).gpuDutyPercent).toBe(0);
    expect(decision({ facts, signals: { thermal: 'fair' } }).gpuDutyPercent).toBe(25);
  });

  it('may work while the processor may not', () => {
    const sight: Sight = { facts: { ...facts, noWork: 'nothing_to_do' }, settings: { awayCpuPercent: 0 } };
    expect(decision(sight)).toMatchObject({ slots: 0, gpuDutyPercent: 50 });
    expect(codes(sight)).toEqual(['limit_is_zero', 'nothing_to_do']);
  });
});

describe('keeping the computer awake', () => {
  const settings = { keepAwake: true };

  it('is for work on mains power, and only where the owner asked for it', () => {
    expect(decision({ settings }).keepAwake).toBe(true);
    expect(decision().keepAwake).toBe(false);
    expect(decision({ settings, signals: { fullScreen: true } }).keepAwake).toBe(false);
  });

  it('never happens on battery or with unknown power, though work may run', () => {
    for (const onBattery of [true, null]) {
      const sight: Sight = {
        settings: { ...settings, runOnBattery: true },
        signals: { onBattery, batteryPercent: 90 },
      };
      expect(decision(sight)).toMatchObject({ slots: 4, keepAwake: false });
    }
  });
});

describe('earning now', () => {
  const facts = { earnNowUntil: NOW + 60_000 };

  it.each([
    ['the owner being there', { idleSeconds: 0 }],
    ['unknown input', { idleSeconds: null }],
    ['a program that fills the screen', { fullScreen: true }],
    ['a presentation', { presentation: true }],
    ['a call', { cameraInUse: true }],
  ] satisfies [string, Sight['signals']][])('overrides %s, with the away limits', (_what, signals) => {
    expect(decision({ facts, signals })).toMatchObject({ slots: 4, profile: 'away', reasons: [] });
  });

  it('overrides the load of other programs', () => {
    const busy = { facts, signals: { othersCpuPercent: 90 } };
    expect(lastOf({ at: 0, ...busy }, { at: 20_000, ...busy })).toMatchObject({ slots: 4, reasons: [] });
  });

  it('overrides the week grid', () => {
    expect(codes({ facts, settings: { schedule: Array<string>(7).fill('0'.repeat(24)) } })).toEqual([]);
  });

  it.each([
    [{ signals: { onBattery: true } }, 'on_battery'],
    [{ signals: { powerSaver: true } }, 'power_saver'],
    [{ signals: { thermal: 'critical' } }, 'too_hot'],
    [{ signals: { freeMemoryBytes: 0 } }, 'memory_low'],
    [{ signals: { freeDiskBytes: 0 } }, 'disk_low'],
    [{ signals: { metered: true } }, 'metered_network'],
    [{ facts: { networkBytesToday: 9e9 } }, 'network_quota'],
    [{ settings: { mostPricePerKwh: 1 } }, 'power_price'],
    [{ settings: { exclusiveApps: ['x'] } }, 'exclusive_app'],
    [{ settings: { pausedUntil: 'resumed' } }, 'paused_by_user'],
    [{ settings: { consentGivenAt: null } }, 'consent_needed'],
    [{ settings: { awayCpuPercent: 0 } }, 'limit_is_zero'],
  ] as [Sight, string][])('does not override %j', (sight, code) => {
    expect(codes({ ...sight, facts: { ...facts, ...sight.facts } })[0]).toBe(code);
  });

  it('ends at its moment', () => {
    expect(codes({ facts: { earnNowUntil: NOW }, signals: { idleSeconds: 0 } })).toContain('user_active');
  });
});
