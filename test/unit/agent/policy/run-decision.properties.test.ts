// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cpuCapOf } from '../../../../agent/policy/cpu-cap.ts';
import { NO_HISTORY, settled } from '../../../../agent/policy/hysteresis.ts';
import { SETTLE_MS } from '../../../../agent/policy/rule.ts';
import { type AgentFacts, decide } from '../../../../agent/policy/run-decision.ts';
import { type RunDecision, runDecisionSchema } from '../../../../protocol/agent-state.ts';
import type { Settings } from '../../../../protocol/settings.ts';
import type { Signals } from '../../../../protocol/signals.ts';
import { QUIET } from '../../../support/fake-sensors.ts';
import {
  factsArbitrary,
  openFactsArbitrary,
  settingsArbitrary,
  signalsArbitrary,
  type Step,
  walkArbitrary,
  walkOf,
} from '../../../support/policy-arbitraries.ts';
import { NOW, SETTINGS } from '../../../support/policy-look.ts';

interface Seen {
  readonly decision: RunDecision;
  readonly signals: Signals;
  /** as time really passes, ms */
  readonly at: number;
  /** wall clock, ms since the epoch */
  readonly now: number;
}

/** Walks through a history of signals and gives every decision on the way. */
function walked(settings: Settings, facts: AgentFacts, walk: readonly Step[]): Seen[] {
  let history = NO_HISTORY;
  let [at, now] = [0, NOW];
  return walk.map(({ afterMs, putBackMs, signals }) => {
    at += afterMs;
    now += afterMs - putBackMs;
    const seen = decide(settings, signals, history, facts, now);
    history = seen.history;
    return { decision: seen.decision, signals, at, now };
  });
}

const cpuOf = ({ slots, cpuDutyPercent }: RunDecision): number => slots * cpuDutyPercent;

/** When something that was on went off, and on again: real times, in pairs. */
function stopsAndStarts(seen: readonly Seen[], isOn: (decision: RunDecision) => boolean): [number, number][] {
  const pairs: [number, number][] = [];
  let stoppedAt: number | undefined;
  seen.forEach(({ decision, at }, index) => {
    const before = seen[index - 1];
    if (before === undefined || isOn(before.decision) === isOn(decision)) return;
    if (!isOn(decision)) stoppedAt = at;
    else if (stoppedAt !== undefined) pairs.push([stoppedAt, at]);
  });
  return pairs;
}

const runs = { numRuns: 100 };
const powerWalk = fc.oneof(walkArbitrary, walkOf('onBattery', 'batteryPercent', 'powerSaver', 'idleSeconds'));

describe('under any history of signals', () => {
  it('nothing runs on battery, or with unknown power, when the owner has not allowed it', () => {
    fc.assert(
      fc.property(settingsArbitrary, openFactsArbitrary, powerWalk, (settings, facts, walk) => {
        for (const { decision, signals } of walked({ ...settings, runOnBattery: false }, facts, walk)) {
          if (signals.onBattery === false) continue;
          expect(decision).toMatchObject({ slots: 0, gpuDutyPercent: 0, keepAwake: false });
        }
      }),
      runs,
    );
  });

  it('nothing runs on a battery that is known to be too low', () => {
    fc.assert(
      fc.property(settingsArbitrary, openFactsArbitrary, powerWalk, (settings, facts, walk) => {
        for (const { decision, signals } of walked(settings, facts, walk)) {
          if (signals.onBattery === false || (signals.batteryPercent ?? 0) > settings.batteryAbovePercent)
            continue;
          if (signals.batteryPercent === null && settings.batteryAbovePercent === 0) continue;
          expect(decision.slots).toBe(0);
        }
      }),
      runs,
    );
  });

  it('no limit of the profile is ever passed, and away is only who is away', () => {
    fc.assert(
      fc.property(settingsArbitrary, factsArbitrary, walkArbitrary, (settings, facts, walk) => {
        for (const { decision, signals, now } of walked(settings, facts, walk)) {
          const isAway = decision.profile === 'away';
          const percent = isAway ? settings.awayCpuPercent : settings.inUseCpuPercent;
          const threads = (isAway ? settings.awayThreads : settings.inUseThreads) ?? facts.threads;
          const gpu = isAway ? settings.awayGpuPercent : settings.inUseGpuPercent;
          const memory = isAway ? settings.awayMemoryPercent : settings.inUseMemoryPercent;
          expect(cpuOf(decision)).toBeLessThanOrEqual(facts.threads * percent + 1e-6);
          expect(decision.slots).toBeLessThanOrEqual(Math.min(threads, facts.threads));
          expect(decision.gpuDutyPercent).toBeLessThanOrEqual(facts.gpus === 0 ? 0 : gpu);
          expect(decision.memoryPercent).toBeLessThanOrEqual(memory);
          const locked = settings.runWhenLocked && signals.screenLocked === true;
          const there = !locked && (signals.idleSeconds ?? 0) < settings.idleMinutes * 60;
          if (there && (facts.earnNowUntil ?? 0) <= now) expect(decision.profile).toBe('in_use');
        }
      }),
      runs,
    );
  });

  it('heat leaves half of the limits or nothing, and unknown heat half of the processor at most', () => {
    fc.assert(
      fc.property(
        settingsArbitrary,
        openFactsArbitrary,
        walkOf('thermal', 'cpuSpeedPercent', 'idleSeconds'),
        (drawn, facts, walk) => {
          const settings = { ...drawn, stopWhenHot: true };
          for (const { decision, signals } of walked(settings, facts, walk)) {
            const percent = decision.profile === 'away' ? settings.awayCpuPercent : settings.inUseCpuPercent;
            const most = { nominal: percent, fair: percent / 2, serious: 0, critical: 0 };
            const bound = signals.thermal === null ? 50 : most[signals.thermal];
            expect(cpuOf(decision)).toBeLessThanOrEqual(facts.threads * bound + 1e-6);
          }
        },
      ),
      runs,
    );
  });

  it('nothing starts within 30 s of an automatic stop: processor, GPU, or fetching', () => {
    fc.assert(
      fc.property(settingsArbitrary, openFactsArbitrary, walkArbitrary, (drawn, facts, walk) => {
        // The end of a pause is the owner's own word, and not automatic.
        const settings = { ...drawn, pausedUntil: null, gpuPausedUntil: null };
        const seen = walked(settings, facts, walk);
        for (const isOn of [
          ({ slots }: RunDecision) => slots > 0,
          ({ gpuDutyPercent }: RunDecision) => gpuDutyPercent > 0,
          ({ mayFetch }: RunDecision) => mayFetch,
        ]) {
          for (const [stop, start] of stopsAndStarts(seen, isOn)) {
            expect(start - stop).toBeGreaterThanOrEqual(SETTLE_MS);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('everything runs again once the signals have been quiet for the longest cool-down, the clock put back or not', () => {
    const quiet: Step = { afterMs: 1000, putBackMs: 0, signals: QUIET };
    fc.assert(
      fc.property(
        openFactsArbitrary,
        walkArbitrary,
        fc.integer({ min: 0, max: 1e9 }),
        (drawn, walk, putBackMs) => {
          const facts = { ...drawn, networkBytesToday: 0 };
          const settings = { ...SETTINGS, awayCpuPercent: 100 };
          const seen = walked(settings, facts, [
            ...walk,
            { ...quiet, putBackMs },
            { ...quiet, afterMs: 300_000 },
          ]);
          expect(seen.at(-1)?.decision).toMatchObject({ slots: facts.threads, reasons: [] });
        },
      ),
      runs,
    );
  });

  it('there is a reason whenever less runs than the away limits, each at most once, and decisions fit their schema', () => {
    fc.assert(
      fc.property(settingsArbitrary, factsArbitrary, walkArbitrary, (settings, facts, walk) => {
        for (const { decision } of walked(settings, facts, walk)) {
          const full = cpuCapOf(facts.threads, settings.awayCpuPercent, settings.awayThreads);
          const lessCpu = cpuOf(decision) < full.slots * full.dutyPercent - 1e-6 || decision.slots === 0;
          const lessGpu = facts.gpus > 0 && decision.gpuDutyPercent < settings.awayGpuPercent;
          const less = lessCpu || lessGpu || !decision.mayFetch || !decision.keepsMemory;
          if (less) expect(decision.reasons).not.toEqual([]);
          const kinds = decision.reasons.map(
            (reason) => `${reason.code} ${'for' in reason ? reason.for : ''}`,
          );
          expect(new Set(kinds).size).toBe(kinds.length);
        }
        const last = walked(settings, facts, walk).at(-1);
        runDecisionSchema.parse(last?.decision);
      }),
      runs,
    );
  });

  it('the stricter rule wins: nothing that a sensor adds raises what another has lowered', () => {
    // A lock and a longer idle time are the owner's going, and free the computer.
    const KEYS = (Object.keys(QUIET) as (keyof Signals)[]).filter(
      (key) => key !== 'screenLocked' && key !== 'idleSeconds',
    );
    fc.assert(
      fc.property(
        settingsArbitrary,
        openFactsArbitrary,
        signalsArbitrary,
        fc.constantFrom(...KEYS),
        (drawn, facts, signals, key) => {
          const { awayCpuPercent, awayGpuPercent, awayThreads } = drawn;
          const settings = {
            ...drawn,
            inUseCpuPercent: Math.min(drawn.inUseCpuPercent, awayCpuPercent),
            inUseGpuPercent: Math.min(drawn.inUseGpuPercent, awayGpuPercent),
            inUseThreads: awayThreads,
          };
          const decided = (seen: Signals) => decide(settings, seen, NO_HISTORY, facts, NOW).decision;
          const worse = decided(signals);
          // Without a battery its charge says nothing.
          const better = decided({ ...signals, [key]: key === 'batteryPercent' ? 100 : QUIET[key] });
          expect(cpuOf(worse)).toBeLessThanOrEqual(cpuOf(better) + 1e-6);
          expect(worse.gpuDutyPercent).toBeLessThanOrEqual(better.gpuDutyPercent);
          expect(Number(worse.mayFetch)).toBeLessThanOrEqual(Number(better.mayFetch));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('the same arguments give the same answer, and are left as they are', () => {
    fc.assert(
      fc.property(settingsArbitrary, factsArbitrary, walkArbitrary, (settings, facts, walk) => {
        const before = structuredClone({ settings, walk });
        const once = walked(settings, facts, walk);
        expect({ settings, walk }).toEqual(before);
        expect(walked(before.settings, facts, before.walk)).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });

  it('the end that a reason promises lies ahead', () => {
    fc.assert(
      fc.property(settingsArbitrary, factsArbitrary, walkArbitrary, (settings, facts, walk) => {
        for (const { decision, now } of walked(settings, facts, walk)) {
          for (const reason of decision.reasons) {
            if ('mayEndAt' in reason) expect(reason.mayEndAt).toBeGreaterThan(now);
          }
        }
      }),
      runs,
    );
  });

  it("the owner's word ends every cool-down, and no rule that still holds", () => {
    fc.assert(
      fc.property(settingsArbitrary, openFactsArbitrary, walkArbitrary, (settings, facts, walk) => {
        let history = NO_HISTORY;
        let now = NOW;
        for (const { afterMs, signals } of walk) {
          now += afterMs;
          history = decide(settings, signals, history, facts, now).history;
        }
        const signals = walk.at(-1)?.signals ?? QUIET;
        const { decision } = decide(settings, signals, settled(history), facts, now);
        expect(decision.reasons.map(({ code }) => code)).not.toContain('settling');
        if (signals.onBattery !== false && !settings.runOnBattery) expect(decision.slots).toBe(0);
      }),
      runs,
    );
  });
});
