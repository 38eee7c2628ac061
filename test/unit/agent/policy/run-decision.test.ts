// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { NO_HISTORY, type PolicyHistory, SETTLE_MS } from '../../../../agent/policy/hysteresis.ts';
import { type AgentFacts, decide } from '../../../../agent/policy/run-decision.ts';
import type { RunDecision } from '../../../../protocol/agent-state.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../protocol/settings.ts';
import type { Signals } from '../../../../protocol/signals.ts';
import { QUIET } from '../../../support/fake-sensors.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const SETTINGS: Settings = { ...DEFAULT_SETTINGS, consentGivenAt: 1 };
const FACTS: AgentFacts = {
  threads: 8,
  earnNowUntil: null,
  offlineSince: null,
  noWork: undefined,
  ledgerTrusted: true,
  shuttingDown: false,
};

interface Look {
  readonly settings?: Partial<Settings>;
  readonly signals?: Partial<Signals>;
  readonly facts?: Partial<AgentFacts>;
  readonly history?: PolicyHistory;
  readonly now?: number;
}

const look = ({ settings, signals, facts, history = NO_HISTORY, now = NOW }: Look = {}) =>
  decide({ ...SETTINGS, ...settings }, { ...QUIET, ...signals }, history, { ...FACTS, ...facts }, now);
const decision = (at: Look = {}): RunDecision => look(at).decision;
const codes = (at: Look = {}): string[] => decision(at).reasons.map((reason) => reason.code);

/** Looks at one state after another and gives the last decision. */
const after = (...looks: Look[]): RunDecision => {
  let history = NO_HISTORY;
  let last: RunDecision | undefined;
  for (const at of looks) {
    const result = look({ ...at, history });
    history = result.history;
    last = result.decision;
  }
  if (last === undefined) throw new Error('nothing was looked at');
  return last;
};

describe('the run decision', () => {
  it('runs everything that the away limit allows when nobody is there, without a reason', () => {
    expect(decision()).toEqual({ slots: 4, cpuDutyPercent: 100, profile: 'away', reasons: [] });
  });

  it.each([
    ['consent is missing', { settings: { consentGivenAt: null } }, 'consent_needed'],
    ['the owner paused until told', { settings: { pausedUntil: 'resumed' } }, 'paused_by_user'],
    ['the owner paused for a while', { settings: { pausedUntil: NOW + 1 } }, 'paused_by_user'],
    ['the network contradicted its ledger', { facts: { ledgerTrusted: false } }, 'ledger_contradiction'],
    ['Lull is quitting', { facts: { shuttingDown: true } }, 'shutting_down'],
    ['it is on battery', { signals: { onBattery: true, batteryPercent: 80 } }, 'on_battery'],
    ['its power is unknown', { signals: { onBattery: null } }, 'power_unknown'],
    ['the disk is low', { signals: { freeDiskBytes: 9e9 } }, 'disk_low'],
    ['the owner is there', { signals: { idleSeconds: 299 } }, 'user_active'],
    ['it cannot be known whether the owner is there', { signals: { idleSeconds: null } }, 'user_active'],
    ['the limit is zero', { settings: { awayCpuPercent: 0 } }, 'limit_is_zero'],
  ] satisfies [string, Look, string][])('runs nothing while %s', (_what, at, code) => {
    expect(decision(at)).toMatchObject({ slots: 0, cpuDutyPercent: 0 });
    expect(codes(at)[0]).toBe(code);
  });

  it('says the values that were seen and the thresholds they crossed', () => {
    expect(decision({ signals: { idleSeconds: 120 } }).reasons[0]).toEqual({
      code: 'user_active',
      idleSeconds: 120,
      thresholdSeconds: 300,
      mayEndAt: NOW + 180_000,
    });
    expect(decision({ signals: { idleSeconds: null } }).reasons[0]).toEqual({
      code: 'user_active',
      thresholdSeconds: 300,
    });
    expect(decision({ signals: { onBattery: true } }).reasons).toEqual([{ code: 'on_battery' }]);
    expect(decision({ signals: { onBattery: true, batteryPercent: 42 } }).reasons).toEqual([
      { code: 'on_battery', percent: 42 },
    ]);
    expect(decision({ signals: { freeDiskBytes: 5 } }).reasons).toEqual([
      { code: 'disk_low', freeBytes: 5, keepFreeBytes: 10e9 },
    ]);
    expect(decision({ settings: { pausedUntil: NOW + 5 } }).reasons).toEqual([
      { code: 'paused_by_user', mayEndAt: NOW + 5 },
    ]);
    expect(decision({ settings: { pausedUntil: 'resumed' } }).reasons).toEqual([{ code: 'paused_by_user' }]);
    expect(decision({ settings: { awayCpuPercent: 0 } }).reasons).toEqual([
      { code: 'limit_is_zero', profile: 'away' },
    ]);
  });

  it('names the most important reason first: the owner before the machine, the machine before the network', () => {
    const at: Look = {
      settings: { consentGivenAt: null, pausedUntil: 'resumed' },
      signals: { onBattery: true, freeDiskBytes: 0, idleSeconds: 0 },
      facts: { offlineSince: NOW - 5 },
    };
    expect(codes(at)).toEqual([
      'consent_needed',
      'paused_by_user',
      'on_battery',
      'disk_low',
      'user_active',
      'limit_is_zero',
      'offline',
    ]);
  });

  it('counts a locked screen as away at once, whatever the idle time says', () => {
    expect(decision({ signals: { screenLocked: true, idleSeconds: 0 } })).toMatchObject({
      profile: 'away',
      slots: 4,
    });
    expect(decision({ signals: { screenLocked: true, idleSeconds: null } }).slots).toBe(4);
    expect(codes({ signals: { screenLocked: null, idleSeconds: 0 } })).toContain('user_active');
  });

  it('runs the smaller share that the owner allows while at the computer, and says why it is not more', () => {
    const at: Look = { settings: { inUseCpuPercent: 10 }, signals: { idleSeconds: 0 } };
    expect(decision(at)).toMatchObject({ slots: 1, cpuDutyPercent: 80, profile: 'in_use' });
    expect(codes(at)).toEqual(['user_active']);
    expect(codes({ ...at, settings: { inUseCpuPercent: 0 } })).toEqual(['user_active', 'limit_is_zero']);
  });

  it('runs on battery and with unknown power only where the owner says so', () => {
    const settings = { runOnBattery: true };
    expect(decision({ settings, signals: { onBattery: true } }).slots).toBe(4);
    expect(decision({ settings, signals: { onBattery: null } }).slots).toBe(4);
  });

  it('runs while exactly as much of the disk is free as the owner keeps free', () => {
    expect(decision({ signals: { freeDiskBytes: 10e9 } }).slots).toBe(4);
  });

  it('lets an unknown amount of free disk forbid nothing', () => {
    expect(decision({ signals: { freeDiskBytes: null } }).slots).toBe(4);
  });

  it('ends a pause at its moment', () => {
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
    expect(codes({ facts: { noWork: 'nothing_to_do' }, signals: { onBattery: true } })).toEqual([
      'on_battery',
    ]);
  });
});

describe('earning now', () => {
  const facts = { earnNowUntil: NOW + 60_000 };

  it('overrides the owner being there, with the limits for being away', () => {
    expect(decision({ facts, signals: { idleSeconds: 0 } })).toEqual({
      slots: 4,
      cpuDutyPercent: 100,
      profile: 'away',
      reasons: [],
    });
    expect(decision({ facts, signals: { idleSeconds: null } }).slots).toBe(4);
  });

  it('overrides neither the battery, the disk, a pause, consent, nor a limit of zero', () => {
    expect(codes({ facts, signals: { onBattery: true } })).toEqual(['on_battery']);
    expect(codes({ facts, signals: { freeDiskBytes: 0 } })).toEqual(['disk_low']);
    expect(codes({ facts, settings: { pausedUntil: 'resumed' } })).toEqual(['paused_by_user']);
    expect(codes({ facts, settings: { consentGivenAt: null } })).toEqual(['consent_needed']);
    expect(codes({ facts, settings: { awayCpuPercent: 0 } })).toEqual(['limit_is_zero']);
  });

  it('ends at its moment', () => {
    expect(codes({ facts: { earnNowUntil: NOW }, signals: { idleSeconds: 0 } })).toContain('user_active');
  });
});

describe('settling', () => {
  const battery: Look = { signals: { onBattery: true } };

  it('stays down for 30 s after power is back, and says until when', () => {
    const back = after(battery, { now: NOW + 5000 });
    expect(back).toMatchObject({ slots: 0, reasons: [{ code: 'settling', mayEndAt: NOW + SETTLE_MS }] });
    expect(after(battery, { now: NOW + SETTLE_MS - 1 }).slots).toBe(0);
    expect(after(battery, { now: NOW + SETTLE_MS })).toMatchObject({ slots: 4, reasons: [] });
  });

  it('counts from the moment at which the rule was last seen to hold', () => {
    expect(after(battery, { ...battery, now: NOW + 20_000 }, { now: NOW + 40_000 }).slots).toBe(0);
    expect(after(battery, { ...battery, now: NOW + 20_000 }, { now: NOW + 50_000 }).slots).toBe(4);
  });

  it('does not come back within 30 s of an interruption by the owner, though the screen was locked since', () => {
    const there: Look = { signals: { idleSeconds: 0 }, now: NOW + 1000 };
    const locked: Look = { signals: { screenLocked: true } };
    expect(after({}, there, { ...locked, now: NOW + 5000 })).toMatchObject({
      slots: 0,
      profile: 'in_use',
      reasons: [{ code: 'settling', mayEndAt: NOW + 31_000 }, { code: 'limit_is_zero' }],
    });
    expect(after({}, there, { ...locked, now: NOW + 31_000 }).slots).toBe(4);
  });

  it('starts at once when the owner who was long at work locks the screen', () => {
    const there: Look = { signals: { idleSeconds: 0 } };
    const later: Look = { signals: { idleSeconds: 0 }, now: NOW + 3_600_000 };
    expect(after(there, later, { signals: { screenLocked: true }, now: NOW + 3_600_100 }).slots).toBe(4);
    expect(after({}, there, later, { signals: { screenLocked: true }, now: NOW + 3_600_100 }).slots).toBe(4);
  });

  it('does not take the start of Lull itself for an interruption', () => {
    const there: Look = { signals: { idleSeconds: 0 } };
    expect(after(there, { signals: { screenLocked: true }, now: NOW + 1000 }).slots).toBe(4);
  });

  it('does not hold up earning now', () => {
    const there: Look = { signals: { idleSeconds: 0 } };
    const facts = { earnNowUntil: NOW + 60_000 };
    expect(after({}, there, { ...there, facts, now: NOW + 1000 })).toMatchObject({ slots: 4, reasons: [] });
  });

  it('starts at once when the idle time has passed, for that was waiting enough', () => {
    const there: Look = { signals: { idleSeconds: 0 } };
    expect(after({}, there, { signals: { idleSeconds: 300 }, now: NOW + 300_000 }).slots).toBe(4);
  });

  it('follows neither a pause nor its end', () => {
    expect(after({ settings: { pausedUntil: 'resumed' } }, { now: NOW + 1 }).slots).toBe(4);
  });

  it('is not made longer by a wall clock that is set back', () => {
    expect(after(battery, { now: NOW - 3_600_000 }, { now: NOW - 3_600_000 + SETTLE_MS }).slots).toBe(4);
    const there: Look = { signals: { idleSeconds: 0 } };
    const back = NOW - 3_600_000;
    expect(after({}, there, { now: back }, { now: back + SETTLE_MS }).slots).toBe(4);
  });
});
