// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../agent/adapters/worker-pool.ts';
import type { WorkerPool } from '../agent/ports.ts';
import { silentLogger } from '../protocol/logger.ts';
import type { FinishedTask, WorkerTask } from '../protocol/worker-messages.ts';
import { CheckpointedTask, kill } from '../test/support/killed-task.ts';
import { attemptNumber } from '../test/support/sample-work.ts';
import { liveMemoryTask } from '../test/support/wasm-live-memory.ts';
import { runHere } from '../test/support/wasm-task.ts';
import { CheckpointTaker, type TakenSnapshot } from '../worker/wasm/checkpoint/checkpoint-taker.ts';
import { CheckpointWords } from '../worker/wasm/checkpoint/checkpoint-words.ts';
import { checkChain } from '../worker/wasm/checkpoint/snapshot-chain.ts';
import { taskIdentity } from '../worker/wasm/checkpoint/task-identity.ts';
import { TaskStopped } from '../worker/wasm/run-task.ts';
import { type Bench, type Figures, median } from './bench.ts';

const KILLS = 100;
const ROUNDS = 5;
/** Steps of a task of about twenty seconds. */
const STEPS = 5000;
const OFTEN_MS = 250;
/** A kill comes at a random moment up to then, ms. */
const LATEST_MS = 1000;
const MIB = 1024 * 1024;
const WORKER = join(import.meta.dirname, '../worker/main.ts');

/** How long the computing thread is held up: a base, and then deltas of the pages of one step each. */
function heldUp(task: WorkerTask): { baseMs: number; deltaMs: number; deltaPages: number } {
  const words = new CheckpointWords();
  const taken: { ms: number; snapshot: TakenSnapshot }[] = [];
  let last: TakenSnapshot | undefined;
  const taker = new CheckpointTaker({
    words,
    everyMs: 1,
    now: systemClock.monotonic,
    cpuMs: systemClock.monotonic,
    taken: (snapshot) => (last = snapshot),
    refused: (why) => {
      throw new Error(why);
    },
  });
  runHere(task, {
    checkpoints: {
      afterStep: (between) => {
        last = undefined;
        words.want();
        const start = systemClock.monotonic();
        taker.afterStep(between);
        const ms = systemClock.monotonic() - start;
        if (last !== undefined) taken.push({ ms, snapshot: last });
        words.end({ needsBase: false });
      },
    },
  });
  const deltas = taken.slice(2);
  return {
    // The first is taken before the first step: the memory is as large as it will be.
    baseMs: taken[0]?.ms ?? NaN,
    deltaMs: median(deltas.map(({ ms }) => ms)),
    deltaPages: median(deltas.map(({ snapshot }) => snapshot.pages.numbers.length)),
  };
}

/** From the files on the disk to the first step: reading, hashing, unpacking. */
async function restoreMs(
  tracked: CheckpointedTask,
  task: WorkerTask,
): Promise<{ ms: number; bytes: number }> {
  const store = await tracked.store();
  const start = systemClock.monotonic();
  const kept = await store.load(attemptNumber(1));
  if (kept === undefined) throw new Error('there is no checkpoint to restore');
  const resume = await checkChain(kept.files, await taskIdentity(task));
  let begunAt = NaN;
  try {
    runHere(task, {
      resume,
      onBegun: ({ resumed }) => {
        if (resumed) begunAt = systemClock.monotonic();
        throw new TaskStopped('measured');
      },
    });
  } catch (error) {
    if (!(error instanceof TaskStopped)) throw error;
  }
  return { ms: begunAt - start, bytes: kept.files.reduce((sum, { length }) => sum + length, 0) };
}

/** In a real worker: from the wish for a checkpoint until it is on the disk. @returns ms */
async function saveTotal(tracked: CheckpointedTask): Promise<number> {
  const running = await tracked.start();
  await tracked.begun;
  const start = systemClock.monotonic();
  await running.checkpoint();
  const ms = systemClock.monotonic() - start;
  await kill(running);
  return ms;
}

interface Killed {
  readonly kills: number;
  readonly resumed: number;
  readonly refused: number;
  readonly identical: boolean;
}

/** Kills workers at random moments, each new one going on from the disk, until so many were killed. */
async function killAtRandom(
  pool: WorkerPool,
  folder: string,
  task: WorkerTask,
  whole: FinishedTask,
  progress: (line: string) => void,
): Promise<Killed> {
  const counts = { kills: 0, resumed: 0, refused: 0, identical: true };
  const after = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));
  let kept = Promise.withResolvers<void>();
  for (let round = 1; counts.kills < KILLS; round++) {
    const tracked = new CheckpointedTask({
      ...{ pool, folder, task },
      attempt: attemptNumber(round),
      everyMs: OFTEN_MS,
      seen: {
        begun: (resumed, notResumed) => {
          if (resumed) counts.resumed += 1;
          if (notResumed !== undefined) counts.refused += 1;
        },
        snapshot: (phase) => {
          if (phase === 'kept') kept.resolve();
        },
      },
    });
    let finished: FinishedTask | undefined;
    while (finished === undefined) {
      kept = Promise.withResolvers();
      const running = await tracked.start();
      if (counts.kills >= KILLS) finished = await running.done;
      else {
        // At any moment of its beginning; and every second worker later, while it writes its next checkpoint or just after:
        // so that half of them get somewhere, however busy this computer is.
        const begins = counts.kills % 2 === 0 ? Promise.resolve() : kept.promise;
        const moment = begins.then(() => after(Math.random() * LATEST_MS));
        finished = await Promise.race([running.done, moment.then(() => undefined)]);
        if (finished !== undefined) break;
        finished = await kill(running);
        if (finished === undefined) counts.kills += 1;
      }
    }
    counts.identical &&= same(finished, whole);
    await (await tracked.store()).forget(attemptNumber(round));
    progress(
      `${counts.kills} of ${KILLS} workers killed; task ${round} ended ${counts.identical ? 'the same' : 'differently'}`,
    );
  }
  return counts;
}

const same = (a: FinishedTask, b: FinishedTask): boolean =>
  a.fuel === b.fuel && Buffer.from(a.output).equals(b.output) && a.outcome.kind === b.outcome.kind;

/** 64 MiB of live memory: half of it random, a quarter sparse, a quarter zero. */
export const checkpoint: Bench = async (progress) => {
  const task = await liveMemoryTask(STEPS);
  const folder = await mkdtemp(join(tmpdir(), 'lull-bench-checkpoint-'));
  const pool = forkWorkerPool({ entry: WORKER, clock: systemClock, logger: silentLogger });
  try {
    await pool.start(new AbortController().signal);
    progress('measuring how long the computing thread is held up');
    const short = await liveMemoryTask(12);
    const held = Array.from({ length: ROUNDS }, () => heldUp(short));
    progress('measuring until it is on the disk, and back');
    const never = 3_600_000;
    const endless = await liveMemoryTask(1_000_000);
    const tracked = new CheckpointedTask({
      ...{ pool, folder, task: endless },
      attempt: attemptNumber(1),
      everyMs: never,
    });
    const totals = [];
    const restores = [];
    for (let round = 0; round < ROUNDS; round++) {
      await (await tracked.store()).forget(attemptNumber(1));
      totals.push(await saveTotal(tracked));
      restores.push(await restoreMs(tracked, endless));
    }
    await (await tracked.store()).forget(attemptNumber(1));
    const whole = await (await pool.run(task, { parked: false, dutyPercent: 100 }, () => undefined)).done;
    const killed = await killAtRandom(pool, folder, task, whole, progress);
    const figures: Figures = {
      save_ms: {
        value: median(held.map(({ baseMs }) => baseMs)),
        unit: 'ms',
        goal: 'base: copy, task held up',
      },
      delta_ms: {
        value: median(held.map(({ deltaMs }) => deltaMs)),
        unit: 'ms',
        goal: 'delta: task held up',
      },
      delta_pages: { value: median(held.map(({ deltaPages }) => deltaPages)), unit: 'pages' },
      save_total_ms: { value: median(totals), unit: 'ms', goal: 'base: until it is on the disk' },
      file_mib: { value: median(restores.map(({ bytes }) => bytes)) / MIB, unit: 'MiB' },
      restore_ms: { value: median(restores.map(({ ms }) => ms)), unit: 'ms' },
      kills: { value: killed.kills, unit: 'kills', goal: '100' },
      resumed: { value: killed.resumed, unit: 'workers' },
      refused: { value: killed.refused, unit: 'checkpoints', goal: '0' },
      identical: { value: killed.identical ? 1 : 0, unit: '', goal: '1' },
    };
    return figures;
  } finally {
    await pool.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
