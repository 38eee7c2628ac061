// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import { type RunningTask, type TaskProgress, WorkerFault, type WorkerPool } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import { eventually } from '../support/eventually.ts';
import { completed, FakeWorkerPool } from '../support/fake-worker-pool.ts';
import { ENDLESS, rounds, steppedModule } from '../support/wasm-stepped.ts';
import { workerTask } from '../support/wasm-task.ts';

const LIMITS = { fuel: '1000000000000000' };
const SHORT = workerTask(steppedModule(rounds(1000), { locals: 'ii' }), { limits: LIMITS });
const LONG = workerTask(steppedModule(ENDLESS), { limits: LIMITS });
const RUNS = { parked: false, dutyPercent: 100 };
const PARKED = { parked: true, dutyPercent: 1 };

const adapters: Readonly<Record<string, () => WorkerPool>> = {
  'real processes': () =>
    forkWorkerPool({
      entry: join(import.meta.dirname, '../../worker/main.ts'),
      clock: systemClock,
      logger: silentLogger,
    }),
  'a fake': () =>
    new FakeWorkerPool(async (task, slot) => {
      await slot.mayRun();
      if (task === LONG) await new Promise(() => undefined);
      return completed(Uint8Array.of(1, 2, 3, 4));
    }),
};

describe.each(Object.entries(adapters))('a worker pool of %s', (_, open) => {
  const pools: WorkerPool[] = [];
  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.stop())));

  async function started(): Promise<WorkerPool> {
    const pool = open();
    pools.push(pool);
    await pool.start(new AbortController().signal);
    return pool;
  }
  const run = (
    pool: WorkerPool,
    task: WorkerTask,
    control = RUNS,
    onProgress: (progress: TaskProgress) => void = () => undefined,
  ): Promise<RunningTask> => pool.run(task, control, onProgress);

  test('runs a task to its end, every time to the same', async () => {
    const pool = await started();
    const first = await (await run(pool, SHORT)).done;
    expect(first.outcome).toEqual({ kind: 'completed' });
    expect(first.output).toHaveLength(4);
    expect(BigInt(first.fuel)).toBeGreaterThan(0n);
    const second = await (await run(pool, SHORT)).done;
    expect([second.outcome, second.fuel]).toEqual([first.outcome, first.fuel]);
    expect(Buffer.from(second.output)).toEqual(Buffer.from(first.output));
  });

  test('gives every running task a process of its own', async () => {
    const pool = await started();
    const tasks = await Promise.all([run(pool, LONG), run(pool, LONG), run(pool, LONG)]);
    expect(new Set(tasks.map(({ pid }) => pid)).size).toBe(3);
    for (const { pid } of tasks) expect(pid).toBeGreaterThan(1);
  });

  test('starts a task parked when told so, says that it is, and lets it go on', async () => {
    const pool = await started();
    const told: TaskProgress[] = [];
    const task = await run(pool, SHORT, PARKED, (progress) => told.push(progress));
    await eventually('it says that it is parked', () => told.at(-1)?.parked);
    task.control(RUNS);
    expect((await task.done).outcome.kind).toBe('completed');
  });

  test('parks a running task and resumes it, as often as told', async () => {
    const pool = await started();
    const told: TaskProgress[] = [];
    const task = await run(pool, LONG, RUNS, (progress) => told.push(progress));
    for (const parked of [true, false, true, false]) {
      task.control({ parked, dutyPercent: 50 });
      await eventually(`it says parked: ${parked}`, () => told.at(-1)?.parked === parked);
    }
    await task.stop();
  });

  test('says of a running task how much memory it has', async () => {
    const pool = await started();
    const told: TaskProgress[] = [];
    const task = await run(pool, LONG, RUNS, (progress) => told.push(progress));
    const memoryBytes = await eventually('it has said so', () => told.at(-1)?.memoryBytes || undefined);
    expect(memoryBytes % 65_536).toBe(0);
    task.control(PARKED);
    await eventually('it says that it is parked', () => told.at(-1)?.parked);
    expect(told.at(-1)?.memoryBytes).toBe(memoryBytes);
    await task.stop();
  });

  test('stops a task, whatever it is doing; its end is then a fault of this device', async () => {
    const pool = await started();
    const task = await run(pool, LONG);
    const end = expect(task.done).rejects.toBeInstanceOf(WorkerFault);
    await task.stop();
    await end;
    await task.stop();
    task.control(RUNS);
  });

  test('ends everything when it is stopped, runs nothing then, and can be started again', async () => {
    const pool = await started();
    const task = await run(pool, LONG);
    const end = expect(task.done).rejects.toBeInstanceOf(WorkerFault);
    await pool.stop();
    await end;
    await pool.stop();
    await expect(run(pool, SHORT)).rejects.toBeInstanceOf(WorkerFault);
    await pool.start(new AbortController().signal);
    expect((await (await run(pool, SHORT)).done).outcome.kind).toBe('completed');
  });
});
