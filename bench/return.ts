// SPDX-License-Identifier: MIT
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../agent/adapters/system-clock.ts';
import { ensureBuilt } from '../build/build.ts';
import { sleep } from '../protocol/clock.ts';
import { eventually } from '../test/support/eventually.ts';
import { type Bench, type Figures, percentile } from './bench.ts';
import { CpuWatch } from './cpu-watch.ts';
import { startBoinc } from './return/boinc.ts';
import type { Contender } from './return/contender.ts';
import { type Display, openDisplay } from './return/display.ts';
import { startLull } from './return/lull.ts';
import { untilQuiet } from './until-quiet.ts';

const ROUNDS = 30;
/** Rounds of one in a row, before it is the other's turn. */
const BLOCK = 10;
/** No press falls together with the beat of whatever polls, ms. */
const SPREAD_MS = 1200;
const COMPUTES_MS = 10;
const WITHIN_MS = 120_000;
const SETTLES_MS = 30_000;
const WATCHED_MS = 60_000;

/** Until each of them has used more processor time between two looks than anything that is parked does. */
async function allCompute(watches: readonly CpuWatch[]): Promise<void> {
  let last: readonly number[] = [];
  await eventually(
    'computing on every processor',
    () => {
      const now = watches.map(({ cpuMs }) => cpuMs);
      const all = last.length > 0 && now.every((cpuMs, i) => cpuMs - (last[i] ?? 0) >= COMPUTES_MS);
      last = now;
      return all;
    },
    WITHIN_MS,
  );
}

/** One key press. @returns ms from it until the processes that compute use no CPU any more */
async function round(contender: Contender, display: Display): Promise<number> {
  const pids = await contender.computing();
  const watches = pids.map((pid) => new CpuWatch(pid));
  try {
    await allCompute(watches);
    await sleep(systemClock, SPREAD_MS * Math.random());
    return untilQuiet(watches, display.press());
  } finally {
    for (const watch of watches) watch.close();
  }
}

/** Presses keys before all contenders by turns. */
async function returns(
  contenders: readonly Contender[],
  display: Display,
  progress: (line: string) => void,
): Promise<number[][]> {
  const found = contenders.map((): number[] => []);
  for (let block = 0; block < ROUNDS / BLOCK; block++) {
    for (const [i, contender] of contenders.entries()) {
      await Promise.all(contenders.filter((other) => other !== contender).map((other) => other.rest()));
      await contender.goOn();
      for (let n = 0; n < BLOCK; n++) found[i]?.push(await round(contender, display));
      progress(`contender ${i + 1}: ${(found[i] ?? []).map((ms) => ms.toFixed(0)).join(' ')} ms`);
    }
  }
  return found;
}

/** How often the threads of a process have given up the processor by themselves: each was woken before. */
async function wakeUps(pid: number): Promise<number> {
  const folder = `/proc/${pid}/task`;
  const counts = (await readdir(folder)).map(async (thread) => {
    const status = await readFile(`${folder}/${thread}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

async function tree(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const below = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(tree));
  return [pid, ...below.flat()];
}

/** What an agent with nothing to run costs, its processes included; nobody looks at its page. */
async function watching(pid: number): Promise<{ cpuPercent: number; wakeUpsPerSecond: number }> {
  await sleep(systemClock, SETTLES_MS);
  const pids = await tree(pid);
  const look = async (): Promise<{ at: number; cpuMs: number; wakeUps: number }> => {
    const watches = pids.map((one) => new CpuWatch(one));
    const cpuMs = watches.reduce((sum, watch) => sum + watch.cpuMs, 0);
    for (const watch of watches) watch.close();
    const counts = await Promise.all(pids.map(wakeUps));
    return { at: performance.now(), cpuMs, wakeUps: counts.reduce((sum, count) => sum + count, 0) };
  };
  const before = await look();
  await sleep(systemClock, WATCHED_MS);
  const after = await look();
  const ms = after.at - before.at;
  return {
    cpuPercent: ((after.cpuMs - before.cpuMs) / ms) * 100,
    wakeUpsPerSecond: ((after.wakeUps - before.wakeUps) / ms) * 1000,
  };
}

async function returnFigures(
  folder: string,
  display: Display,
  progress: (line: string) => void,
): Promise<Figures> {
  const started: Contender[] = [];
  try {
    const lull = await startLull(join(folder, 'lull'), display.name, { jobs: true });
    started.push(lull);
    const boinc = await startBoinc(join(folder, 'boinc'), display.name, progress);
    if (boinc !== undefined) started.push(boinc);
    const [ours = [], theirs = []] = await returns(started, display, progress);
    const figures: Figures = {
      p50_ms: { value: percentile(ours, 0.5), unit: 'ms', goal: '<= 150' },
      p95_ms: { value: percentile(ours, 0.95), unit: 'ms', goal: '<= 250' },
      worst_ms: { value: Math.max(...ours), unit: 'ms' },
    };
    if (theirs.length === 0) return figures;
    return {
      ...figures,
      boinc_p50_ms: { value: percentile(theirs, 0.5), unit: 'ms' },
      boinc_p95_ms: { value: percentile(theirs, 0.95), unit: 'ms' },
      boinc_worst_ms: { value: Math.max(...theirs), unit: 'ms' },
      p50_ratio: { value: percentile(ours, 0.5) / percentile(theirs, 0.5), unit: 'ratio' },
    };
  } finally {
    for (const one of started) await one.stop();
  }
}

async function watchingFigures(folder: string, display: Display): Promise<Figures> {
  const idle = await startLull(join(folder, 'idle'), display.name, { jobs: false });
  try {
    const [agent, coordinator] = await Promise.all([watching(idle.agent), watching(idle.coordinator)]);
    return {
      idle_cpu_percent: { value: agent.cpuPercent, unit: '%', goal: '<= 0.2' },
      idle_wake_ups_per_second: { value: agent.wakeUpsPerSecond, unit: '1/s', goal: '<= 3' },
      idle_coordinator_cpu_percent: { value: coordinator.cpuPercent, unit: '%' },
    };
  } finally {
    await idle.stop();
  }
}

const PARTS = ['press', 'watching'] as const;

/**
 * From a real key press to no CPU use in the workers, with all processors computing, and what it costs to watch for it
 * with nothing to run. BOINC's client is measured on the same screen, by turns, where it is installed.
 */
export const returnBench: Bench = async (progress, only = []) => {
  const unknown = only.find((part) => !PARTS.some((name) => name === part));
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of its parts: ${PARTS.join(', ')}`);
  const wants = (part: (typeof PARTS)[number]): boolean => only.length === 0 || only.includes(part);
  await ensureBuilt();
  const folder = await mkdtemp(join(tmpdir(), 'lull-return-'));
  const display = await openDisplay();
  try {
    return {
      ...(wants('press') ? await returnFigures(folder, display, progress) : {}),
      ...(wants('watching') ? await watchingFigures(folder, display) : {}),
    };
  } finally {
    await display.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
