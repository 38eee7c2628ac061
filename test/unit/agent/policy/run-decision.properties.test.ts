// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cpuCapOf } from '../../../../agent/policy/cpu-cap.ts';
import { NO_HISTORY, type PolicyHistory, SETTLE_MS } from '../../../../agent/policy/hysteresis.ts';
import { type AgentFacts, decide } from '../../../../agent/policy/run-decision.ts';
import { runDecisionSchema } from '../../../../protocol/agent-state.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../protocol/settings.ts';
import { type Signals } from '../../../../protocol/signals.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const moment = fc.integer({ min: NOW - 100_000, max: NOW + 100_000 });

const settingsArbitrary: fc.Arbitrary<Settings> = fc.record({
  consentGivenAt: fc.option(fc.constant(1), { freq: 8 }),
  awayCpuPercent: fc.integer({ min: 0, max: 100 }),
  inUseCpuPercent: fc.integer({ min: 0, max: 100 }),
  idleMinutes: fc.integer({ min: 1, max: 240 }),
  runOnBattery: fc.boolean(),
  memoryPercent: fc.constant(25),
  diskGigabytes: fc.constant(5),
  keepFreeGigabytes: fc.constant(10),
  theme: fc.constant('system' as const),
  pausedUntil: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, moment, fc.constant('resumed' as const)),
});

const signalsArbitrary: fc.Arbitrary<Signals> = fc.record({
  idleSeconds: fc.option(fc.double({ min: 0, max: 20_000, noNaN: true })),
  screenLocked: fc.option(fc.boolean()),
  onBattery: fc.option(fc.boolean(), { freq: 8 }),
  batteryPercent: fc.option(fc.integer({ min: 0, max: 100 })),
  freeDiskBytes: fc.option(fc.constantFrom(0, 9e9, 10e9, 1e12)),
});

const factsArbitrary: fc.Arbitrary<AgentFacts> = fc.record({
  threads: fc.integer({ min: 1, max: 512 }),
  earnNowUntil: fc.option(moment),
  offlineSince: fc.option(fc.constant(NOW)),
  noWork: fc.constantFrom(undefined, 'nothing_to_do', 'already_did_all'),
  ledgerTrusted: fc.boolean(),
  shuttingDown: fc.constant(false),
});

const historyArbitrary: fc.Arbitrary<PolicyHistory> = fc.record({
  present: fc.constantFrom(undefined, true, false),
  stoppedUntil: fc.oneof(fc.constant(0), moment),
  presentUntil: fc.oneof(fc.constant(0), moment),
});

const anything = [settingsArbitrary, signalsArbitrary, historyArbitrary, factsArbitrary] as const;

describe('whatever it is told, the run decision', () => {
  it('never runs on battery, or with unknown power, when the owner has not allowed it', () => {
    fc.assert(
      fc.property(...anything, (settings, signals, history, facts) => {
        const careful = { ...settings, runOnBattery: false };
        const { decision } = decide(careful, signals, history, facts, NOW);
        expect(signals.onBattery !== false && decision.slots > 0).toBe(false);
      }),
    );
  });

  it('never runs without consent, while paused, or for a network that it does not trust', () => {
    fc.assert(
      fc.property(...anything, (settings, signals, history, facts) => {
        const { decision } = decide(settings, signals, history, facts, NOW);
        const paused = settings.pausedUntil === 'resumed' || (settings.pausedUntil ?? 0) > NOW;
        const forbidden = settings.consentGivenAt === null || paused || !facts.ledgerTrusted;
        expect(forbidden && decision.slots > 0).toBe(false);
      }),
    );
  });

  it('never gives more than the cap of its profile, nor the away cap to an owner who is there', () => {
    fc.assert(
      fc.property(...anything, (settings, signals, history, facts) => {
        const { decision } = decide(settings, signals, history, facts, NOW);
        const percent = decision.profile === 'away' ? settings.awayCpuPercent : settings.inUseCpuPercent;
        expect(decision.slots * decision.cpuDutyPercent).toBeLessThanOrEqual(facts.threads * percent + 1e-6);
        expect(decision.slots).toBeLessThanOrEqual(facts.threads);
        const there = signals.screenLocked !== true && (signals.idleSeconds ?? 0) < settings.idleMinutes * 60;
        const earnsNow = (facts.earnNowUntil ?? 0) > NOW;
        if (there && !earnsNow) expect(decision.profile).toBe('in_use');
      }),
    );
  });

  it('has a reason whenever less runs than the away limit, and fits its schema', () => {
    fc.assert(
      fc.property(...anything, (settings, signals, history, facts) => {
        const { decision } = decide(settings, signals, history, facts, NOW);
        runDecisionSchema.parse(decision);
        const full = cpuCapOf(facts.threads, settings.awayCpuPercent);
        const less =
          decision.slots * decision.cpuDutyPercent < full.slots * full.dutyPercent || decision.slots === 0;
        if (less && settings.inUseCpuPercent <= settings.awayCpuPercent)
          expect(decision.reasons).not.toEqual([]);
      }),
    );
  });

  it('is the same each time it is asked the same', () => {
    fc.assert(
      fc.property(...anything, (settings, signals, history, facts) => {
        const once = decide(settings, signals, history, facts, NOW);
        expect(decide(settings, signals, history, facts, NOW)).toEqual(once);
      }),
    );
  });

  it('tells of each kind of reason at most once', () => {
    fc.assert(
      fc.property(...anything, (settings, signals, history, facts) => {
        const codes = decide(settings, signals, history, facts, NOW).decision.reasons.map(
          (reason) => reason.code,
        );
        expect(new Set(codes).size).toBe(codes.length);
      }),
    );
  });
});

describe('under signals that change as they like', () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 50, max: 20_000 }),
      idle: fc.boolean(),
      locked: fc.boolean(),
      battery: fc.boolean(),
      full: fc.boolean(),
    }),
    { minLength: 2, maxLength: 200 },
  );

  it('never starts again within 30 s of an automatic suspend', () => {
    fc.assert(
      fc.property(steps, (walk) => {
        const settings = { ...DEFAULT_SETTINGS, consentGivenAt: 1, idleMinutes: 1 };
        const facts: AgentFacts = {
          threads: 4,
          earnNowUntil: null,
          offlineSince: null,
          noWork: undefined,
          ledgerTrusted: true,
          shuttingDown: false,
        };
        let history = NO_HISTORY;
        let now = NOW;
        let ran: boolean | undefined;
        let stoppedAt = -Infinity;
        for (const { afterMs, idle, locked, battery, full } of walk) {
          now += afterMs;
          const signals: Signals = {
            idleSeconds: idle ? 3600 : 0,
            screenLocked: locked,
            onBattery: battery,
            batteryPercent: null,
            freeDiskBytes: full ? 0 : 1e12,
          };
          const result = decide(settings, signals, history, facts, now);
          history = result.history;
          const runs = result.decision.slots > 0;
          if (runs && ran === false) expect(now - stoppedAt).toBeGreaterThanOrEqual(SETTLE_MS);
          if (!runs && ran === true) stoppedAt = now;
          ran = runs;
        }
      }),
      { numRuns: 300 },
    );
  });
});
