// SPDX-License-Identifier: MIT
import { systemClock } from '../agent/adapters/system-clock.ts';
import { sleep } from '../protocol/clock.ts';
import { type Bench, type Figures, percentile } from './bench.ts';
import { type CpuWatch, nap } from './cpu-watch.ts';
import { type BenchSlot, withSlots } from './endless-slots.ts';

const LIMITS = [10, 30, 50, 80];
const SETTLES_MS = 500;
const MEASURED_MS = 10_000;
const LOOK_EVERY_MS = 0.5;
/** So long it is looked at a stretch before the messages of the workers are read, ms. */
const STRETCH_MS = 200;

/**
 * How long a computing thread runs between two rests, as CPU time: whenever it is seen asleep, what it has used
 * since it was last seen asleep was one run (or more, if a rest was shorter than a look: then it counts as longer
 * than it was). Seen from outside, by the kernel's count, so that it is not disturbed.
 */
class RunLengths {
  readonly ms: number[] = [];
  readonly #thread: CpuWatch['busiest'];
  #cpuMs: number | undefined;

  constructor({ busiest }: CpuWatch) {
    this.#thread = busiest;
  }

  look(): void {
    if (!this.#thread.sleeps()) return;
    const { cpuMs } = this.#thread.times();
    if (this.#cpuMs !== undefined && cpuMs > this.#cpuMs) this.ms.push(cpuMs - this.#cpuMs);
    this.#cpuMs = cpuMs;
  }
}

interface Capped {
  readonly percent: number;
  /** share of time that the slots waited for a processor which others had, % */
  readonly queuedPercent: number;
  readonly runMs: readonly number[];
}

const used = (slots: readonly BenchSlot[]): { cpuMs: number; queuedMs: number } => ({
  cpuMs: slots.reduce((sum, { watch }) => sum + watch.cpuMs, 0),
  queuedMs: slots.reduce((sum, { watch }) => sum + watch.queuedMs, 0),
});

async function measure(slots: readonly BenchSlot[], dutyPercent: number): Promise<Capped> {
  for (const [i, { task }] of slots.entries())
    task.control({ parked: false, dutyPercent, phase: i / slots.length });
  await sleep(systemClock, SETTLES_MS);
  const runs = slots.map(({ watch }) => new RunLengths(watch));
  const before = used(slots);
  const began = performance.now();
  while (performance.now() < began + MEASURED_MS) {
    const end = performance.now() + STRETCH_MS;
    while (performance.now() < end) {
      nap(LOOK_EVERY_MS);
      for (const run of runs) run.look();
    }
    await sleep(systemClock, 0);
  }
  const after = used(slots);
  const percentOf = (ms: number): number => (ms / (performance.now() - began) / slots.length) * 100;
  return {
    percent: percentOf(after.cpuMs - before.cpuMs),
    queuedPercent: percentOf(after.queuedMs - before.queuedMs),
    runMs: runs.flatMap(({ ms }) => ms),
  };
}

/** How exactly the share of a processor is held, and how long slots compute at a stretch; on Linux. */
export const cap: Bench = async (progress) => {
  const figures: Record<string, Figures[string]> = {};
  const errors: number[] = [];
  const bursts: number[] = [];
  for (const count of [1, 2])
    await withSlots(count, async (slots) => {
      for (const limit of LIMITS) {
        const { percent, queuedPercent, runMs } = await measure(slots, limit);
        const burst = percentile(runMs, 0.99);
        errors.push(Math.abs(percent - limit));
        bursts.push(burst);
        progress(
          `${count} × ${limit} %: ${percent.toFixed(2)} %, longest runs ${burst.toFixed(1)} ms; ` +
            `${queuedPercent.toFixed(1)} % of the time others had the processor`,
        );
        figures[`percent_${count}x${limit}`] = { value: percent, unit: '%', goal: `${limit}` };
        figures[`queued_percent_${count}x${limit}`] = { value: queuedPercent, unit: '%' };
        figures[`burst_p99_ms_${count}x${limit}`] = { value: burst, unit: 'ms' };
      }
    });
  return {
    worst_error_pp: { value: Math.max(...errors), unit: 'pp', goal: '<= 1.0' },
    burst_p99_ms: { value: Math.max(...bursts), unit: 'ms', goal: '<= 25' },
    ...figures,
  };
};
