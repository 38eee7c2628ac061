// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';

import type { Clock } from '../../../protocol/clock.ts';
import {
  addedWatts,
  combinedErrorPercent,
  ESTIMATED_ERROR_PERCENT,
  estimatedWatts,
  LAPTOP_IDLE,
  ownShare,
  PROCESSOR_IDLE,
  RATED_ERROR_PERCENT,
} from '../../policy/energy.ts';
import type { PowerMeter, PowerReading } from '../../ports.ts';
import { type RunCommand, runCommand } from '../sensors/command.ts';
import { type CpuTimes, nodeCpuTimes, totalTicks } from '../sensors/cpu-times.ts';
import { batterySource, linuxDischargeWatts } from './battery.ts';
import type { EnergySource } from './energy-source.ts';
import { macosBattery } from './macos-battery.ts';
import { raplSource } from './rapl.ts';

export interface PowerMeterParts {
  readonly clock: Clock;
  /** logical processors of this computer */
  readonly threads: number;
  /** rated power of the processor, W, as the owner said it; null: not said */
  readonly cpuWatts: () => number | null;
  readonly platform?: NodeJS.Platform;
  /** the root of `/proc` and `/sys`: another folder in tests */
  readonly root?: string;
  /** how the system's own commands are run */
  readonly run?: RunCommand;
}

/** Longer ago than this, and counters may have wrapped around twice, or the computer slept, ms. */
const LONGEST_MS = 90_000;
/** No computer of ours takes more, W: a counter that began anew while the computer slept looks as if one did. */
const MOST_WATTS = 3000;

/** What share of all threads' time anything took since the last call; undefined where it cannot be told. */
function busyShare(times: () => Pick<CpuTimes, 'busy' | 'total'>): () => number | undefined {
  let before: Pick<CpuTimes, 'busy' | 'total'> | undefined;
  return () => {
    try {
      const last = before;
      before = times();
      if (last === undefined || before.total <= last.total) return undefined;
      return (before.busy - last.busy) / (before.total - last.total);
    } catch {
      // Not to be read now: the next look begins a new interval.
      before = undefined;
      return undefined;
    }
  };
}

type Own = Parameters<PowerMeter['read']>[0];

/** A way to measure, and how much of what it measures is drawn when nothing is done. */
interface Way {
  readonly method: 'processor' | 'battery';
  readonly source: EnergySource;
  readonly idle: typeof PROCESSOR_IDLE;
}

function waysOf({
  clock,
  platform = process.platform,
  root = '',
  run = runCommand,
}: PowerMeterParts): readonly Way[] {
  const battery = (watts: () => number | undefined): Way => ({
    method: 'battery',
    source: batterySource(clock, watts),
    idle: LAPTOP_IDLE,
  });
  if (platform === 'darwin') return [battery(macosBattery(clock, run))];
  if (platform !== 'linux') return [];
  return [
    { method: 'processor', source: raplSource(`${root}/sys/class/powercap`), idle: PROCESSOR_IDLE },
    battery(() => linuxDischargeWatts(`${root}/sys/class/power_supply`)),
  ];
}

/** Measures where this computer lets it, and estimates elsewhere; anew at every reading. Looks when it is asked only. */
class Meter implements PowerMeter {
  readonly #parts: PowerMeterParts;
  /** the best first */
  readonly #ways: readonly Way[];
  readonly #busy: () => number | undefined;
  #readAt: number;

  constructor(parts: PowerMeterParts) {
    const { clock, platform = process.platform, root = '' } = parts;
    this.#parts = parts;
    this.#ways = waysOf(parts);
    const node = nodeCpuTimes(() => 0);
    this.#busy = busyShare(
      platform === 'linux' ? () => totalTicks(readFileSync(`${root}/proc/stat`, 'utf8')) : () => node.read(),
    );
    this.#readAt = clock.monotonic();
  }

  start(): Promise<void> {
    this.read({ cpuSeconds: 0, duty: 0 });
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  read(own: Own): PowerReading {
    const now = this.#parts.clock.monotonic();
    const seconds = (now - this.#readAt) / 1000;
    this.#readAt = now;
    // Each is read each time: what it counted before is not of the next while.
    const taken = this.#ways.map((way) => ({ way, joules: way.source.take() }));
    const busy = this.#busy();
    if (own.cpuSeconds === 0 && own.duty === 0) return this.#atRest();
    const measured = taken.find(({ joules }) => isPlausible(joules, seconds));
    if (measured?.joules === undefined || busy === undefined) return this.#estimated(own, seconds);
    const { method, source, idle } = measured.way;
    const { share, errorPercent } = ownShare(own.duty, busy, idle);
    const joules = measured.joules * share;
    return {
      joules,
      watts: joules / seconds,
      method,
      errorPercent: combinedErrorPercent(source.errorPercent, errorPercent),
    };
  }

  /** Nothing was drawn; how it would be measured. */
  #atRest(): PowerReading {
    const way = this.#ways.find(({ source }) => source.counts);
    const nothing = { joules: 0, watts: 0 };
    if (way === undefined) return { ...this.#estimated({ cpuSeconds: 0, duty: 0 }, 0), ...nothing };
    const { method, source, idle } = way;
    const errorPercent = combinedErrorPercent(source.errorPercent, ownShare(1, 1, idle).errorPercent);
    return { ...nothing, method, errorPercent };
  }

  #estimated({ cpuSeconds, duty }: Own, seconds: number): PowerReading {
    const { cpuWatts, threads } = this.#parts;
    const rated = cpuWatts();
    const full = rated ?? estimatedWatts(threads);
    return {
      // Processor time was really spent, however long ago the last reading was.
      joules: addedWatts(full, 1) * (Math.max(0, cpuSeconds) / threads),
      watts: seconds > 0 ? addedWatts(full, duty) : 0,
      method: 'estimate',
      errorPercent: rated === null ? ESTIMATED_ERROR_PERCENT : RATED_ERROR_PERCENT,
    };
  }
}

const isPlausible = (joules: number | undefined, seconds: number): boolean =>
  joules !== undefined && seconds > 0 && seconds * 1000 <= LONGEST_MS && joules <= MOST_WATTS * seconds;

/** What Lull's work takes of this computer's energy. */
export const powerMeter = (parts: PowerMeterParts): PowerMeter => new Meter(parts);
