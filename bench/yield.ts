// SPDX-License-Identifier: MIT
import { systemClock } from '../agent/adapters/system-clock.ts';
import type { TaskProgress } from '../agent/ports.ts';
import { sleep } from '../protocol/clock.ts';
import type { SlotControl } from '../protocol/worker-messages.ts';
import { type Bench, type Figures, percentile } from './bench.ts';
import { nap } from './cpu-watch.ts';
import { arithmetic, type BenchSlot, withSlots } from './endless-slots.ts';
import { untilQuiet } from './until-quiet.ts';

const PARKED: SlotControl = { parked: true, dutyPercent: 1 };
const FREE: SlotControl = { parked: false, dutyPercent: 100 };
const ROUNDS = 150;
const LOOK_EVERY_MS = 0.25;
/** A slot that others starve cannot even go to sleep. */
const GIVE_UP_MS = 60_000;
const LONG_PARK_MS = 10_000;
const PAUSES = 20;
/** More often would be more messages than an agent takes from a worker. */
const PAUSE_EVERY_MS = 100;
/** Some seconds of computing. */
const WORK = arithmetic(2_000_000_000);

interface Latencies {
  readonly parkMs: number[];
  readonly resumeMs: number[];
  /** part of parkMs: the computing threads had to go to sleep, but others had the processor */
  readonly queuedMs: number[];
}

const total = (slots: readonly BenchSlot[], what: 'cpuMs' | 'queuedMs'): number =>
  slots.reduce((sum, { watch }) => sum + watch[what], 0);

/** From the signal until all threads of all slots sleep and have used the last of their CPU time. */
function park(slots: readonly BenchSlot[]): { ms: number; queuedMs: number } {
  const queuedBefore = total(slots, 'queuedMs');
  const began = performance.now();
  for (const { task } of slots) task.control(PARKED);
  const ms = untilQuiet(
    slots.map(({ watch }) => watch),
    began,
  );
  // They have slept since: what they waited for a processor has not grown meanwhile.
  return { ms, queuedMs: total(slots, 'queuedMs') - queuedBefore };
}

/** From the signal until the computing thread of every slot has been on a processor again. @returns ms */
function resume(slots: readonly BenchSlot[]): number {
  const waiting = new Map(slots.map(({ watch }) => [watch.busiest, watch.busiest.times().turns]));
  const began = performance.now();
  for (const { task } of slots) task.control(FREE);
  while (waiting.size > 0) {
    nap(LOOK_EVERY_MS / 2);
    for (const [thread, turns] of waiting) if (thread.times().turns > turns) waiting.delete(thread);
    if (performance.now() - began > GIVE_UP_MS) throw new Error('the slots did not go on');
  }
  return performance.now() - began;
}

async function latencies(slots: readonly BenchSlot[]): Promise<Latencies> {
  const found: Latencies = { parkMs: [], resumeMs: [], queuedMs: [] };
  for (let i = 0; i < ROUNDS; i++) {
    await sleep(systemClock, 30 + 40 * Math.random());
    const { ms, queuedMs } = park(slots);
    found.parkMs.push(ms);
    found.queuedMs.push(queuedMs);
    // The messages of the worker are read here.
    await sleep(systemClock, 5);
    found.resumeMs.push(resume(slots));
  }
  return found;
}

/** CPU that a parked slot uses, % of one processor, whatever its agent may still want of it. */
async function parkedPercent(slots: readonly BenchSlot[]): Promise<number> {
  park(slots);
  const before = total(slots, 'cpuMs');
  const began = performance.now();
  await sleep(systemClock, LONG_PARK_MS);
  return ((total(slots, 'cpuMs') - before) / (performance.now() - began) / slots.length) * 100;
}

/** What it says first when it has gone to sleep, or goes on; nothing once it has ended. */
async function told(slot: BenchSlot, parked: boolean): Promise<TaskProgress | undefined> {
  const ended = slot.task.done.then(() => true);
  while (slot.progress?.parked !== parked)
    if (await Promise.race([ended, sleep(systemClock, 1)])) return undefined;
  return slot.progress;
}

/**
 * Pauses a task on its way, and runs it once without: what was computed at a pause must still be computed after it,
 * and the same work must be done at the end, in the same process.
 * @returns seconds of work that were lost
 */
async function lostWorkSeconds(progress: (line: string) => void): Promise<number> {
  const whole = await withSlots(1, async ([slot]) => slot?.task.done, WORK);
  if (whole === undefined) throw new Error('no task was run');
  const unitsPerMs = Number(whole.fuel) / whole.cpuMs;
  let lostUnits = 0;
  let paused = 0;
  const finished = await withSlots(
    1,
    async ([slot]) => {
      if (slot === undefined) throw new Error('no task was run');
      for (; paused < PAUSES; paused++) {
        slot.task.control(PARKED);
        const before = await told(slot, true);
        slot.task.control(FREE);
        const after = await told(slot, false);
        if (before === undefined || after === undefined) break;
        lostUnits += Math.max(0, Number(before.fuel - after.fuel));
        await sleep(systemClock, PAUSE_EVERY_MS);
      }
      if (paused === 0) throw new Error('the task was over before it could be paused');
      return slot.task.done;
    },
    WORK,
  );
  progress(`paused ${paused} times: ${finished.fuel} units of fuel; without a pause: ${whole.fuel}`);
  lostUnits += Math.abs(Number(BigInt(finished.fuel) - BigInt(whole.fuel)));
  return lostUnits / unitsPerMs / 1000;
}

/**
 * From the signal that the agent sends to a worker process until its slots use no CPU, and back; on Linux, where
 * the kernel counts the time of every thread.
 */
export const yieldBench: Bench = async (progress) => {
  const figures: Record<string, Figures[string]> = {};
  const all: Latencies = { parkMs: [], resumeMs: [], queuedMs: [] };
  let parkedCpu = 0;
  for (const count of [1, 2]) {
    const { found, percent } = await withSlots(count, async (slots) => ({
      found: await latencies(slots),
      percent: await parkedPercent(slots),
    }));
    parkedCpu = Math.max(parkedCpu, percent);
    for (const name of ['parkMs', 'resumeMs', 'queuedMs'] as const) all[name].push(...found[name]);
    progress(`${count} slots: park p99 ${percentile(found.parkMs, 0.99).toFixed(2)} ms`);
    figures[`park_p99_ms_${count}`] = { value: percentile(found.parkMs, 0.99), unit: 'ms' };
    figures[`resume_p99_ms_${count}`] = { value: percentile(found.resumeMs, 0.99), unit: 'ms' };
  }
  return {
    park_p99_ms: { value: percentile(all.parkMs, 0.99), unit: 'ms', goal: '<= 20' },
    park_p50_ms: { value: percentile(all.parkMs, 0.5), unit: 'ms' },
    park_queued_p99_ms: { value: percentile(all.queuedMs, 0.99), unit: 'ms' },
    resume_p99_ms: { value: percentile(all.resumeMs, 0.99), unit: 'ms', goal: '<= 20' },
    resume_p50_ms: { value: percentile(all.resumeMs, 0.5), unit: 'ms' },
    parked_cpu_percent: { value: parkedCpu, unit: '%', goal: '<= 0.1' },
    lost_work_seconds: { value: await lostWorkSeconds(progress), unit: 's', goal: '0' },
    ...figures,
  };
};
