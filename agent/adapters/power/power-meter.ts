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
import { totalTicks } from '../sensors/cpu-times.ts';
import { batterySource } from './battery.ts';
import type { EnergySource } from './energy-source.ts';
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
}

/** Longer ago than this, and counters may have wrapped around twice, or the computer slept, ms. */
const LONGEST_MS = 90_000;
/** No computer of ours takes more, W: a counter that began anew while the computer slept looks as if one did. */
const MOST_WATTS = 3000;

/** What share of all threads' time anything took since the last call; undefined where it cannot be told. */
function busyShare(stat: string): () => number | undefined {
  let before: { readonly busy: number; readonly total: number } | undefined;
  return () => {
    try {
      const last = before;
      before = totalTicks(readFileSync(stat, 'utf8'));
      if (last === undefined || before.total <= last.total) return undefined;
      return (before.busy - last.busy) / (before.total - last.total);
    } catch {
      before = undefined;
      return undefined;
    }
  };
}

type Own = Parameters<PowerMeter['read']>[0];

/** Measures where this computer lets it, and estimates elsewhere; anew at every reading. Looks when it is asked only. */
class Meter implements PowerMeter {
  readonly #parts: PowerMeterParts;
  readonly #rapl: EnergySource;
  readonly #battery: EnergySource;
  readonly #busy: () => number | undefined;
  #readAt: number;

  constructor(parts: PowerMeterParts) {
    const { clock, platform = process.platform, root = '' } = parts;
    const nothing: EnergySource = { take: () => undefined };
    const linux = platform === 'linux';
    this.#parts = parts;
    this.#rapl = linux ? raplSource(`${root}/sys/class/powercap`) : nothing;
    this.#battery = linux ? batterySource(clock, `${root}/sys/class/power_supply`) : nothing;
    this.#busy = linux ? busyShare(`${root}/proc/stat`) : () => undefined;
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
    const counted = this.#rapl.take();
    const discharged = this.#battery.take();
    const busy = this.#busy();
    const reading =
      seconds <= 0 || seconds * 1000 > LONGEST_MS
        ? undefined
        : (this.#measured('processor', counted, own.duty, busy, seconds) ??
          this.#measured('battery', discharged, own.duty, busy, seconds));
    return reading ?? this.#estimated(own, seconds);
  }

  #measured(
    method: 'processor' | 'battery',
    measured: ReturnType<EnergySource['take']>,
    duty: number,
    busy: number | undefined,
    seconds: number,
  ): PowerReading | undefined {
    if (measured === undefined || busy === undefined || measured.joules > MOST_WATTS * seconds)
      return undefined;
    const { share, errorPercent } = ownShare(
      duty,
      busy,
      method === 'processor' ? PROCESSOR_IDLE : LAPTOP_IDLE,
    );
    const joules = measured.joules * share;
    return {
      joules,
      watts: joules / seconds,
      method,
      errorPercent: combinedErrorPercent(measured.errorPercent, errorPercent),
    };
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

/** What Lull's work takes of this computer's energy. */
export const powerMeter = (parts: PowerMeterParts): PowerMeter => new Meter(parts);
