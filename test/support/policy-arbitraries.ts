// SPDX-License-Identifier: MIT
import fc from 'fast-check';

import type { AgentFacts } from '../../agent/policy/run-decision.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import { FACTS, NOW, SETTINGS } from './policy-look.ts';

const percent = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(0, 100));
const memory = fc.integer({ min: 1, max: 90 });
const threads = fc.option(fc.integer({ min: 1, max: 16 }));
const moment = fc.integer({ min: NOW - 100_000, max: NOW + 100_000 });
const price = fc.constantFrom(null, 0, 0.2, 0.4);
/** Mostly this, so that not everything is forbidden all the time. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const pause = mostly<Settings['pausedUntil']>(null, fc.oneof(moment, fc.constant('resumed' as const)));
const wholeWeek = Array<string>(7).fill('1'.repeat(24));
const schedule = mostly(wholeWeek, fc.array(fc.stringMatching(/^[01]{24}$/), { minLength: 7, maxLength: 7 }));
const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const tariffWindow = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
  from: timeOfDay,
  to: timeOfDay,
  pricePerKwh: fc.constantFrom(0, 0.1, 0.3, 0.5),
});

/** Settings of an owner who has agreed; every rule may be on or off. */
export const settingsArbitrary: fc.Arbitrary<Settings> = fc
  .record({
    awayCpuPercent: percent,
    inUseCpuPercent: percent,
    awayThreads: threads,
    inUseThreads: threads,
    awayGpuPercent: percent,
    inUseGpuPercent: percent,
    awayMemoryPercent: memory,
    inUseMemoryPercent: memory,
    keepFreeMemoryGigabytes: fc.constantFrom(0, 1, 4),
    idleMinutes: fc.integer({ min: 1, max: 20 }),
    runWhenLocked: fc.boolean(),
    runOnBattery: fc.boolean(),
    batteryAbovePercent: percent,
    runOnPowerSaver: fc.boolean(),
    stopWhenHot: fc.boolean(),
    keepAwake: fc.boolean(),
    busyPercent: percent,
    stopOnFullScreen: fc.boolean(),
    stopOnPresentation: fc.boolean(),
    stopOnCall: fc.boolean(),
    exclusiveApps: mostly<string[]>([], fc.constant(['doom'])),
    schedule,
    pricePerKwh: price,
    tariffWindows: fc.array(tariffWindow, { maxLength: 3 }),
    mostPricePerKwh: mostly<number | null>(null, price),
    creditPrice: price,
    neverAtALoss: mostly(false, fc.constant(true)),
    runOnMetered: fc.boolean(),
    pausedUntil: pause,
    gpuPausedUntil: pause,
  })
  .map((drawn) => ({ ...SETTINGS, ...drawn }));

const perhaps = fc.option(fc.boolean(), { freq: 6 });

/** What sensors may say, each by itself. */
export const signalsArbitrary: fc.Arbitrary<Signals> = fc.record({
  idleSeconds: fc.option(fc.constantFrom(0, 59, 60, 400, 2000, 90_000), { freq: 8 }),
  screenLocked: perhaps,
  onBattery: perhaps,
  batteryPercent: fc.option(percent),
  powerSaver: perhaps,
  thermal: fc.option(fc.constantFrom('nominal', 'nominal', 'fair', 'serious', 'critical')),
  cpuSpeedPercent: fc.option(fc.constantFrom(40, 69, 75, 100)),
  othersCpuPercent: fc.option(percent, { freq: 8 }),
  fullScreen: perhaps,
  presentation: perhaps,
  microphoneInUse: perhaps,
  cameraInUse: perhaps,
  metered: perhaps,
  freeMemoryBytes: fc.option(fc.constantFrom(0, 1.05e9, 8e9)),
  freeDiskBytes: fc.option(fc.constantFrom(0, 9e9, 10.5e9, 1e12)),
  goingToSleep: perhaps,
});

export const factsArbitrary: fc.Arbitrary<AgentFacts> = fc
  .record({
    threads: fc.integer({ min: 1, max: 512 }),
    gpus: fc.integer({ min: 0, max: 2 }),
    programs: fc.constantFrom<AgentFacts['programs'][]>(undefined, null, [], ['Doom.exe', 'bash']),
    network: fc.constantFrom('this_computer' as const, 'remote' as const),
    networkBytesToday: mostly(0, fc.constant(3e9)),
    earnsPerHour: fc.constantFrom(null, 0, 0.5),
    watts: fc.constantFrom(null, 0, 50),
    updatePending: mostly(false, fc.constant(true)),
    earnNowUntil: mostly<number | null>(null, moment),
    offlineSince: mostly<number | null>(null, fc.constant(NOW)),
    noWork: mostly<AgentFacts['noWork']>(undefined, fc.constant('nothing_to_do')),
    ledgerTrusted: mostly(true, fc.constant(false)),
    shuttingDown: mostly(false, fc.constant(true)),
  })
  .map((drawn) => ({ ...FACTS, ...drawn }));

/** Nothing but the rules is in the way, so that they show. */
export const openFactsArbitrary: fc.Arbitrary<AgentFacts> = factsArbitrary.map((drawn) => ({
  ...drawn,
  updatePending: false,
  earnNowUntil: null,
  offlineSince: null,
  noWork: undefined,
  ledgerTrusted: true,
  shuttingDown: false,
}));

/** One look of a walk. */
export interface Step {
  /** since the look before, as time really passes, ms */
  readonly afterMs: number;
  /** how far the wall clock was put back meanwhile, ms */
  readonly putBackMs: number;
  readonly signals: Signals;
}

const calm: Signals = {
  idleSeconds: 90_000,
  screenLocked: false,
  onBattery: false,
  batteryPercent: 80,
  powerSaver: false,
  thermal: 'nominal',
  cpuSpeedPercent: 100,
  othersCpuPercent: 0,
  fullScreen: false,
  presentation: false,
  microphoneInUse: false,
  cameraInUse: false,
  metered: false,
  freeMemoryBytes: 8e9,
  freeDiskBytes: 1e12,
  goingToSleep: false,
};

/** Signals that are mostly calm, so that things do start, with a few that are not. */
const mostlyCalm = fc
  .tuple(
    signalsArbitrary,
    fc.subarray(Object.keys(calm) as (keyof Signals)[], { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([wild, keys, isCalm]): Signals => {
    const some = Object.fromEntries(keys.map((key) => [key, wild[key]]));
    return isCalm ? calm : { ...calm, ...some };
  });

const walkThrough = (signals: fc.Arbitrary<Signals>): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      afterMs: fc.oneof(
        fc.integer({ min: 50, max: 20_000 }),
        fc.constantFrom(100, 1000, 29_500, 30_000, 31_000, 130_000, 310_000),
      ),
      putBackMs: mostly(0, fc.integer({ min: 1, max: 7_200_000 })),
      signals,
    }),
    { minLength: 2, maxLength: 60, size: 'max' },
  );

/** A history of signals that change as they like, with a clock that may be put back. */
export const walkArbitrary = walkThrough(
  fc.oneof({ weight: 8, arbitrary: mostlyCalm }, { weight: 1, arbitrary: signalsArbitrary }),
);

/** A history in which only these signals change. */
export const walkOf = (...keys: readonly (keyof Signals)[]): fc.Arbitrary<readonly Step[]> =>
  walkThrough(
    signalsArbitrary.map((wild) => ({
      ...calm,
      ...Object.fromEntries(keys.map((key) => [key, wild[key]])),
    })),
  );
