// SPDX-License-Identifier: MIT
import type { AgentState, Energy } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import { toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Settings } from '../protocol/settings.ts';
import { daysFrom } from './local-days.ts';
import { energyCo2Grams, energyCost, netEarnings, wattHours } from './policy/energy.ts';
import type { AgentStore, EnergyDay, LocalTime, PowerMeter, PowerReading } from './ports.ts';

/** How often the meter is read while anything computes, ms. */
const READ_EVERY_MS = 1000;
/** A meter's reading is not good over a longer time: the computer slept, or Lull stood still. */
const LONGEST_READING_MS = 60_000;
/** What a crash may lose, ms. */
const KEEP_EVERY_MS = 10_000;
/** What views show at most, days. */
const SHOWN_DAYS = 30;
/** Over how many days it is said what work earns and draws. */
const LATELY_DAYS = 2;
/** Less running than this says nothing of what it earns, ms. */
const EARNING_KNOWN_MS = 30 * 60_000;
/** Less running than this says nothing of what it draws, ms. */
const DRAW_KNOWN_MS = 60_000;

interface ElectricityParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly localTime: LocalTime;
  readonly store: AgentStore;
  readonly meter: PowerMeter;
  readonly settings: () => Settings;
  /** what electricity costs now, in the owner's currency per kWh; null: no price is set */
  readonly pricePerKwh: () => number | null;
  /** logical processors */
  readonly threads: number;
  /** micro-credits worth something that were earned since a moment, ms since the epoch */
  readonly earnedSince: (at: number) => bigint;
}

const NOTHING = { runningMs: 0, joules: 0, cost: null, co2Grams: 0 };
/** How long it is good what was said of the last days, ms. */
const LATELY_FRESH_MS = 30_000;

interface Lately {
  /** credits per hour of running; null: it ran too little to know */
  readonly earnsPerHour: number | null;
  /** what work drew while it ran, W; null: it ran too little to know */
  readonly watts: number | null;
}

type Sums = Pick<AgentState['earnings'], 'today' | 'last7Days' | 'last30Days'>;

const creditsOf = (micro: bigint | string): number => Number(micro) / 1_000_000;

const sum = (days: readonly EnergyDay[], of: (day: EnergyDay) => number): number =>
  days.reduce((all, day) => all + of(day), 0);

/**
 * What the work of this device takes in electricity: read about once a second while anything computes and not at all
 * otherwise, priced by what electricity costs at that moment, and kept for each local day.
 */
export class Electricity {
  readonly #parts: ElectricityParts;
  /** of the days shown, as they are in the store */
  #kept: readonly EnergyDay[];
  #pending: EnergyDay | undefined;
  #keptAt = -Infinity;
  /** when the meter was read last; undefined while nothing computes */
  #readAt: number | undefined;
  #computed = false;
  #cpuMs = 0;
  #cpuMsRead = 0;
  /** undefined before the first reading */
  #last: Omit<PowerReading, 'joules'> | undefined;
  #lately: (Lately & { readonly at: number }) | undefined;

  constructor(parts: ElectricityParts) {
    this.#parts = parts;
    const { clock, localTime, store } = parts;
    this.#kept = store.energySince(daysFrom(localTime, clock.now(), SHOWN_DAYS));
  }

  /** Processor time of all workers since this began, s; it never shrinks. */
  get cpuSeconds(): number {
    return this.#cpuMs / 1000;
  }

  /** A worker has taken so much more processor time. */
  spent(cpuMs: number): void {
    this.#cpuMs += cpuMs;
  }

  /** To be called about once a second at least. @param computing whether any task may compute now */
  look(computing: boolean): void {
    const now = this.#parts.clock.monotonic();
    if (this.#readAt === undefined) {
      if (computing) this.#begin(now);
    } else if (now - this.#readAt > LONGEST_READING_MS) {
      this.#begin(now);
    } else {
      const elapsedMs = now - this.#readAt;
      const stops = this.#computed && !computing;
      if (elapsedMs >= READ_EVERY_MS || (stops && elapsedMs > 0)) {
        this.#read(elapsedMs);
        // What the workers took last is told a moment after they have stopped.
        const ended = !computing && !this.#computed && this.#cpuMs === this.#cpuMsRead;
        this.#cpuMsRead = this.#cpuMs;
        this.#readAt = ended ? undefined : now;
        if (ended || stops || now - this.#keptAt >= KEEP_EVERY_MS) this.keep();
      }
    }
    this.#computed = computing;
  }

  /** Writes what has come together; on a full disk that waits. */
  keep(): void {
    const { clock, store, logger } = this.#parts;
    this.#keptAt = clock.monotonic();
    if (this.#pending === undefined) return;
    try {
      store.addEnergy(this.#pending);
    } catch (error) {
      logger.warn('The energy used could not be written down yet', { error: toError(error).message });
      return;
    }
    this.#kept = store.energySince(daysFrom(this.#parts.localTime, clock.now(), SHOWN_DAYS));
    this.#pending = undefined;
  }

  /** What the views show. @param earned in micro-credits over the same days; undefined: they are worth nothing */
  energy(earned: Sums | undefined): Energy {
    return {
      ...(this.#last ??= this.#atRest()),
      today: this.#sumOf(1, earned?.today),
      last7Days: this.#sumOf(7, earned?.last7Days),
      last30Days: this.#sumOf(SHOWN_DAYS, earned?.last30Days),
    };
  }

  /** What work earned and drew over the last days, while it ran: that nothing runs now does not change it. */
  lately(): Lately {
    const now = this.#parts.clock.monotonic();
    if (this.#lately === undefined || now - this.#lately.at >= LATELY_FRESH_MS) {
      this.#lately = { at: now, ...this.#measureLately() };
    }
    return this.#lately;
  }

  #measureLately(): Lately {
    const { clock, localTime, earnedSince } = this.#parts;
    const from = daysFrom(localTime, clock.now(), LATELY_DAYS);
    const days = this.#since(from);
    const runningMs = sum(days, (day) => day.runningMs);
    return {
      earnsPerHour:
        runningMs < EARNING_KNOWN_MS ? null : creditsOf(earnedSince(from)) / (runningMs / 3_600_000),
      watts: runningMs < DRAW_KNOWN_MS ? null : sum(days, (day) => day.joules) / (runningMs / 1000),
    };
  }

  /** From here on the meter measures for work. */
  #begin(now: number): void {
    this.#last = this.#atRest();
    this.#readAt = now;
    this.#cpuMsRead = this.#cpuMs;
  }

  /** Asks the meter how it measures. */
  #atRest(): Omit<PowerReading, 'joules'> {
    const { method, errorPercent } = this.#parts.meter.read({ cpuSeconds: 0, duty: 0 });
    return { watts: 0, method, errorPercent };
  }

  #read(elapsedMs: number): void {
    const { meter, threads } = this.#parts;
    const cpuMs = this.#cpuMs - this.#cpuMsRead;
    const duty = Math.min(1, cpuMs / elapsedMs / threads);
    const { joules, ...last } = meter.read({ cpuSeconds: cpuMs / 1000, duty });
    this.#last = last;
    this.#add(this.#computed ? elapsedMs : 0, joules);
  }

  #add(runningMs: number, joules: number): void {
    const { clock, localTime } = this.#parts;
    const settings = this.#parts.settings();
    const day = localTime.startOfDay(clock.now());
    const { currency } = settings;
    const goesOn = this.#pending?.day === day && this.#pending.currency === currency;
    if (!goesOn) this.keep();
    const before = (goesOn ? this.#pending : undefined) ?? NOTHING;
    const cost = energyCost(joules, this.#parts.pricePerKwh());
    this.#pending = {
      day,
      currency,
      runningMs: before.runningMs + runningMs,
      joules: before.joules + joules,
      cost: cost === null ? before.cost : (before.cost ?? 0) + cost,
      co2Grams: before.co2Grams + energyCo2Grams(joules, settings.carbonGramsPerKwh),
    };
  }

  #since(day: number): readonly EnergyDay[] {
    const all = this.#pending === undefined ? this.#kept : [...this.#kept, this.#pending];
    return all.filter((one) => one.day >= day);
  }

  /** Cost in another currency than today's is left out: nobody knows what it is worth. */
  #sumOf(dayCount: number, earned: string | undefined): Energy['today'] {
    const { clock, localTime } = this.#parts;
    const { currency, creditPrice, pricePerKwh, tariffWindows } = this.#parts.settings();
    const days = this.#since(daysFrom(localTime, clock.now(), dayCount));
    const priced = days.filter((day) => day.currency === currency && day.cost !== null);
    const hasPrice = priced.length > 0 || pricePerKwh !== null || tariffWindows.length > 0;
    const cost = hasPrice ? sum(priced, (day) => day.cost ?? 0) : null;
    return {
      wattHours: wattHours(sum(days, (day) => day.joules)),
      cost,
      net: earned === undefined ? null : netEarnings(creditsOf(earned), creditPrice, cost),
      co2Grams: sum(days, (day) => day.co2Grams),
    };
  }
}
