// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { settled } from '../../../../agent/policy/hysteresis.ts';
import { SETTLE_MS } from '../../../../agent/policy/rule.ts';
import { RULES } from '../../../../agent/policy/rules.ts';
import { lastOf, look, lookAlong, NOW, type Sight } from '../../../support/policy-look.ts';

const battery: Sight = { signals: { onBattery: true } };
const there: Sight = { signals: { idleSeconds: 0 } };
const locked: Sight = { signals: { screenLocked: true } };

describe('settling', () => {
  it('is at least thirty seconds for every rule', () => {
    for (const rule of Object.values(RULES)) expect(rule.coolMs).toBeGreaterThanOrEqual(SETTLE_MS);
  });

  it('stays down for 30 s after power is back, and says until when', () => {
    expect(lastOf({ at: 0, ...battery }, { at: 5000 })).toMatchObject({
      slots: 0,
      reasons: [{ code: 'settling', mayEndAt: NOW + SETTLE_MS }],
    });
    expect(lastOf({ at: 0, ...battery }, { at: SETTLE_MS - 1 }).slots).toBe(0);
    expect(lastOf({ at: 0, ...battery }, { at: SETTLE_MS })).toMatchObject({ slots: 4, reasons: [] });
  });

  it('counts from the moment at which the rule was last seen to hold', () => {
    const twice = [
      { at: 0, ...battery },
      { at: 20_000, ...battery },
    ] as const;
    expect(lastOf(...twice, { at: 49_999 }).slots).toBe(0);
    expect(lastOf(...twice, { at: 50_000 }).slots).toBe(4);
  });

  it('says the end of the last of several that cool down', () => {
    const looks = lookAlong(
      { at: 0, signals: { onBattery: true, powerSaver: true } },
      { at: 8000, signals: { powerSaver: true } },
      { at: 9000 },
    );
    expect(looks[2]?.reasons).toEqual([{ code: 'settling', mayEndAt: NOW + 38_000 }]);
  });

  it('is no reason while a rule that holds takes away as much', () => {
    const looks = lookAlong(
      { at: 0, signals: { onBattery: true } },
      { at: 1000, signals: { fullScreen: true } },
    );
    expect(looks[1]?.reasons).toEqual([{ code: 'full_screen' }]);
  });

  it('does not come back within 30 s of an interruption by the owner, though the screen was locked since', () => {
    expect(lastOf({ at: 0 }, { at: 1000, ...there }, { at: 5000, ...locked })).toMatchObject({
      slots: 0,
      profile: 'in_use',
      reasons: [{ code: 'settling', mayEndAt: NOW + 31_000 }, { code: 'limit_is_zero' }],
    });
    expect(lastOf({ at: 0 }, { at: 1000, ...there }, { at: 31_000, ...locked }).slots).toBe(4);
  });

  it('starts at once when the owner who was long at work locks the screen', () => {
    expect(lastOf({ at: 0, ...there }, { at: 60_000, ...there }, { at: 60_100, ...locked }).slots).toBe(4);
    const worked = [{ at: 0 }, { at: 1000, ...there }, { at: 60_000, ...there }] as const;
    expect(lastOf(...worked, { at: 60_100, ...locked }).slots).toBe(4);
  });

  it('does not take the start of Lull itself for an interruption', () => {
    expect(lastOf({ at: 0, ...there }, { at: 1000, ...locked }).slots).toBe(4);
  });

  it('does not hold up earning now', () => {
    const facts = { earnNowUntil: NOW + 60_000 };
    expect(lastOf({ at: 0 }, { at: 1000, ...there }, { at: 2000, ...there, facts })).toMatchObject({
      slots: 4,
      reasons: [],
    });
  });

  it('starts at once when the idle time has passed, for that was waiting enough', () => {
    expect(
      lastOf({ at: 0 }, { at: 1000, ...there }, { at: 301_000, signals: { idleSeconds: 300 } }).slots,
    ).toBe(4);
  });

  it('lets the stricter of both profiles hold while presence settles', () => {
    const settings = { awayCpuPercent: 25, inUseCpuPercent: 75, inUseThreads: 7, awayThreads: 1 };
    const looks = lookAlong(
      { at: 0, settings },
      { at: 1000, settings, ...there },
      { at: 30_999, settings, ...there },
      { at: 31_000, settings, ...there },
      { at: 40_000, settings, ...locked },
      { at: 41_000, settings, ...there },
      { at: 71_000, settings, ...there },
    );
    expect(looks.map(({ slots }) => slots)).toEqual([1, 1, 1, 6, 1, 1, 6]);
    expect(looks[1]?.reasons).toMatchObject([
      { code: 'user_active' },
      { code: 'settling', mayEndAt: NOW + 31_000 },
    ]);
  });

  it.each([
    [{ awayThreads: null, inUseThreads: 1 }, 1],
    [{ awayThreads: 2, inUseThreads: null }, 2],
    [{ awayThreads: null, inUseThreads: null }, 4],
  ])('takes the smaller number of tasks of both profiles: %j', (threads, slots) => {
    const settings = { inUseCpuPercent: 50, ...threads };
    expect(lastOf({ at: 0, settings }, { at: 1000, settings, ...there }).slots).toBe(slots);
  });

  it('lets the stricter of both profiles hold for GPU and memory too', () => {
    const facts = { gpus: 1 };
    const settings = {
      awayGpuPercent: 20,
      inUseGpuPercent: 80,
      awayMemoryPercent: 10,
      inUseMemoryPercent: 60,
    };
    const looks = lookAlong(
      { at: 0, settings, facts },
      { at: 1000, settings, facts, ...there },
      { at: 31_000, settings, facts, ...there },
    );
    expect(looks.map(({ gpuDutyPercent, memoryPercent }) => [gpuDutyPercent, memoryPercent])).toEqual([
      [20, 10],
      [20, 10],
      [80, 60],
    ]);
    expect(looks[1]?.reasons.map(({ code }) => code)).toEqual(['user_active', 'settling', 'limit_is_zero']);
  });

  it.each([{ inUseThreads: 1 }, { inUseMemoryPercent: 5 }])(
    'is the reason while presence that has ended keeps only its %j',
    (changes) => {
      const settings = { inUseCpuPercent: 50, ...changes };
      const looks = lookAlong({ at: 0, settings }, { at: 1000, settings, ...there }, { at: 2000, settings });
      expect(looks[2]).toMatchObject({ profile: 'in_use', reasons: [{ code: 'settling' }] });
    },
  );

  it('names the away limit where that is the zero that counts while presence settles', () => {
    const settings = { awayCpuPercent: 0, inUseCpuPercent: 50 };
    const looks = lookAlong({ at: 0, settings }, { at: 1000, settings, ...there });
    expect(looks[1]?.reasons).toMatchObject([
      { code: 'user_active' },
      { code: 'settling' },
      { code: 'limit_is_zero', profile: 'away' },
    ]);
  });

  it('ends a wait at the owner’s word, but no rule that holds', () => {
    const { history } = look({ ...battery });
    expect(look({ history, now: NOW + 1 }).decision.slots).toBe(0);
    expect(look({ history: settled(history), now: NOW + 1 }).decision.slots).toBe(4);
    expect(look({ ...battery, history: settled(history), now: NOW + 1 }).decision.slots).toBe(0);
  });
});

describe('a clock that is put back', () => {
  const HOUR_MS = 3_600_000;

  it('makes a cool-down no longer than its rule’s own', () => {
    expect(lastOf({ at: 0, ...battery }, { at: -HOUR_MS })).toMatchObject({
      slots: 0,
      reasons: [{ code: 'settling', mayEndAt: NOW - HOUR_MS + SETTLE_MS }],
    });
    expect(lastOf({ at: 0, ...battery }, { at: -HOUR_MS }, { at: -HOUR_MS + SETTLE_MS }).slots).toBe(4);
  });

  it('makes an interruption no longer', () => {
    const back = [{ at: 0 }, { at: 1000, ...there }, { at: -HOUR_MS, ...there }] as const;
    expect(lastOf(...back, { at: -HOUR_MS + SETTLE_MS, ...locked }).slots).toBe(4);
  });

  it('begins a grace anew, and makes it no longer', () => {
    const busy: Sight = { signals: { othersCpuPercent: 90 } };
    const back = [
      { at: 0, ...busy },
      { at: -HOUR_MS, ...busy },
    ] as const;
    expect(lastOf(...back, { at: -HOUR_MS + 9999, ...busy }).slots).toBe(4);
    expect(lastOf(...back, { at: -HOUR_MS + 10_000, ...busy }).slots).toBe(0);
  });
});
