// SPDX-License-Identifier: MIT
import type { Clock } from '../../../protocol/clock.ts';
import type { Logger } from '../../../protocol/logger.ts';
import { cached } from './cached.ts';
import { type CpuTimes, type CpuTimesSource, linuxCpuTimes, nodeCpuTimes } from './cpu-times.ts';
import type { SensorPart, SensorParts } from './sensor-part.ts';

const EVERY_MS = 1000;
/** Over how long the load is measured, ms. */
const WINDOW_MS = 3000;
const FORGET_MS = 10_000;

interface Sample extends CpuTimes {
  readonly at: number;
}

/** What others took between two moments, % of all threads; undefined when no time has passed on any of them. */
export function othersPercent(from: CpuTimes, to: CpuTimes): number | undefined {
  const total = to.total - from.total;
  if (!(total > 0)) return undefined;
  const others = to.busy - from.busy - (to.own - from.own);
  return Math.min(100, Math.max(0, (100 * others) / total));
}

/** Processor time of everything but Lull over the last seconds; looks once a second at most. */
class Load implements SensorPart {
  readonly #clock: Clock;
  readonly #times: CpuTimesSource;
  readonly #percent: () => number | null;
  #samples: readonly Sample[] = [];

  constructor(clock: Clock, logger: Logger, times: CpuTimesSource) {
    this.#clock = clock;
    this.#times = times;
    this.#percent = cached(
      clock,
      EVERY_MS,
      () => this.#measure(),
      (error) => {
        logger.warn('A sensor failed', { what: 'load', error: error.message });
        this.#samples = [];
        return null;
      },
    );
  }

  read(): { othersCpuPercent: number | null } {
    return { othersCpuPercent: this.#percent() };
  }

  stop(): Promise<void> {
    this.#times.close?.();
    return Promise.resolve();
  }

  #measure(): number | null {
    const now: Sample = { at: this.#clock.monotonic(), ...this.#times.read() };
    const last = this.#samples.at(-1);
    // What happened while nobody looked, or the computer slept, is not the load of the last seconds.
    if (last !== undefined && now.at - last.at > FORGET_MS) this.#samples = [];
    const since = this.#samples.findLast(({ at }) => at <= now.at - WINDOW_MS) ?? this.#samples[0];
    this.#samples = [...this.#samples.filter(({ at }) => at >= (since?.at ?? 0)), now];
    return since === undefined ? null : (othersPercent(since, now) ?? null);
  }
}

/** The load of other programs; unknown where what Lull's workers take cannot be told. */
export function loadPart(parts: SensorParts): SensorPart {
  const { clock, logger, platform = process.platform, root = '', desktop = false, workersCpuSeconds } = parts;
  if (platform === 'linux') {
    const times = { clock, proc: `${root}/proc`, allThreads: desktop, workersCpuSeconds };
    return new Load(clock, logger, linuxCpuTimes(times));
  }
  if (workersCpuSeconds === undefined) return { read: () => ({}) };
  return new Load(clock, logger, nodeCpuTimes(workersCpuSeconds));
}
