// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import { LOOK_MS } from '../../agent/adapters/worker-watch.ts';
import { type TaskProgress, WorkerFault, type WorkerPool } from '../../agent/ports.ts';
import type { Clock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { FinishedTask, WorkerTask } from '../../protocol/worker-messages.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive } from '../support/processes.ts';
import { TestClock } from '../support/test-clock.ts';
import { op } from '../support/wasm-builder.ts';
import { ENDLESS, FINISH, FIRST_EXTRA, rounds, steppedModule } from '../support/wasm-stepped.ts';
import { workerTask } from '../support/wasm-task.ts';
import { wasiCommand } from '../support/wasm-wasi.ts';

const RUNS = { parked: false, dutyPercent: 100 };
const PARKED = { parked: true, dutyPercent: 1 };
const FUEL = { fuel: '1000000000000' };
const MIB = 1024 * 1024;
const entry = join(import.meta.dirname, '../../worker/main.ts');
const onLinux = test.skipIf(!existsSync('/proc/self/stat'));

const pools: WorkerPool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.stop())));

async function openPool(clock: Clock = systemClock): Promise<WorkerPool> {
  const pool = forkWorkerPool({ entry, clock, logger: silentLogger });
  pools.push(pool);
  await pool.start(new AbortController().signal);
  return pool;
}
async function finish(task: WorkerTask, pool?: WorkerPool): Promise<FinishedTask> {
  return (await (pool ?? (await openPool())).run(task, RUNS, () => undefined)).done;
}

/** Clock ticks of CPU that a process has used. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** How often each thread of a process has gone to sleep so far, or was made to wait; and whether it sleeps. */
function turns(pid: number): string[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((thread) => {
    const status = readFileSync(`${folder}/${thread}/status`, 'utf8');
    const facts = status.matchAll(/^(?:Name|State|\w*ctxt_switches):\s*(.*)$/gm);
    return [...facts].map(([, fact]) => fact).join(' ');
  });
}

describe('a worker process', () => {
  test('says how far it is, and at the end what it used', { timeout: 90_000 }, async () => {
    const pool = await openPool();
    const told: TaskProgress[] = [];
    const task = workerTask(steppedModule(rounds(900_000_000), { locals: 'ii' }), { limits: FUEL });
    const finished = await (await pool.run(task, RUNS, (progress) => told.push(progress))).done;
    expect(finished).toMatchObject({ outcome: { kind: 'completed' }, peakMemoryBytes: 65_536 });
    expect(finished.cpuMs).toBeGreaterThan(0);
    const fuels = told.map(({ fuel }) => fuel);
    expect(fuels).toEqual([...fuels].sort((a, b) => Number(a - b)));
    expect(fuels.at(-1)).toBeLessThanOrEqual(BigInt(finished.fuel));
  });

  onLinux('uses no CPU while it is parked, and loses nothing by it', { timeout: 60_000 }, async () => {
    const task = workerTask(steppedModule(rounds(100_000_000), { locals: 'ii' }), { limits: FUEL });
    const pool = await openPool();
    const told: TaskProgress[] = [];
    // Slowly, so that it cannot be over before anything was told of it.
    const slowly = { parked: false, dutyPercent: 5 };
    const interrupted = await pool.run(task, slowly, (progress) => told.push(progress));
    await eventually('it has begun', () => told.some(({ fuel }) => fuel > 0n));
    interrupted.control(PARKED);
    await eventually('it is parked', () => told.at(-1)?.parked);
    const before = cpuTicks(interrupted.pid);
    const wall = systemClock.monotonic() + 1000;
    await eventually('a second has passed', () => systemClock.monotonic() > wall);
    expect(cpuTicks(interrupted.pid) - before).toBeLessThanOrEqual(1);
    interrupted.control({ parked: false, dutyPercent: 60 });
    const [resumed, whole] = await Promise.all([interrupted.done, finish(task, pool)]);
    expect(resumed.fuel).toBe(whole.fuel);
    expect(Buffer.from(resumed.output)).toEqual(Buffer.from(whole.output));
  });

  onLinux('is woken by nothing while it is parked', { timeout: 60_000 }, async () => {
    // Time stands still for the agent: what wakes the worker does so by itself.
    const clock = new TestClock();
    const pool = await openPool(clock);
    let told: TaskProgress | undefined;
    const endless = workerTask(steppedModule(ENDLESS), { limits: FUEL });
    const task = await pool.run(endless, RUNS, (progress) => (told = progress));
    task.done.catch(() => undefined);
    await eventually('it computes', async () => {
      await clock.advance(LOOK_MS);
      return (told?.fuel ?? 0n) > 0n;
    });
    task.control(PARKED);
    await eventually('it is parked', () => told?.parked);
    // It may still be on its way to bed, or its engine be tidying up what it did before.
    let before: string[] = [];
    await eventually('all of its threads sleep', () => {
      const last = before;
      before = turns(task.pid);
      return before.every((facts, i) => facts.includes('sleeping') && facts === last[i]);
    });
    const later = systemClock.monotonic() + 500;
    await eventually('time has passed', () => systemClock.monotonic() > later);
    expect(turns(task.pid)).toEqual(before);
    await task.stop();
  });

  test('that is killed is a fault of this device, and the next task gets another', async () => {
    const pool = await openPool();
    const task = await pool.run(workerTask(steppedModule(ENDLESS), { limits: FUEL }), RUNS, () => undefined);
    const end = expect(task.done).rejects.toBeInstanceOf(WorkerFault);
    process.kill(task.pid, 'SIGKILL');
    await end;
    const next = await finish(workerTask(steppedModule(FINISH)), pool);
    expect(next.outcome.kind).toBe('completed');
  });

  test('is gone when its task was stopped or has ended', async () => {
    const pool = await openPool();
    const endless = await pool.run(
      workerTask(steppedModule(ENDLESS), { limits: FUEL }),
      RUNS,
      () => undefined,
    );
    endless.done.catch(() => undefined);
    await endless.stop();
    expect(isAlive(endless.pid)).toBe(false);
    const short = await pool.run(workerTask(steppedModule(FINISH)), RUNS, () => undefined);
    await short.done;
    await eventually('its process ends', () => !isAlive(short.pid));
  });

  onLinux(
    'has the lowest priority but in the thread that hears us, and nothing of our environment',
    async () => {
      const pool = await openPool();
      const task = await pool.run(
        workerTask(steppedModule(ENDLESS), { limits: FUEL }),
        RUNS,
        () => undefined,
      );
      task.done.catch(() => undefined);
      const folder = `/proc/${task.pid}/task`;
      const niceOf = (thread: string): number =>
        Number(readFileSync(`${folder}/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]);
      const others = readdirSync(folder).filter((thread) => thread !== String(task.pid));
      expect(niceOf(String(task.pid))).toBe(getPriority());
      expect(others.length).toBeGreaterThan(1);
      for (const thread of others) expect(niceOf(thread)).toBe(constants.priority.PRIORITY_LOW);
      // Where Linux shares the processors between sessions first.
      const session = `/proc/${task.pid}/autogroup`;
      if (existsSync(session))
        await eventually('its session gives way', () => readFileSync(session, 'utf8').endsWith(' nice 19\n'));
      const names = readFileSync(`/proc/${task.pid}/environ`, 'utf8')
        .split('\0')
        .map((one) => one.split('=')[0])
        .filter((name) => name !== '' && name?.startsWith('NODE_CHANNEL') === false);
      expect(names).toEqual([]);
      // When this computer runs out of memory, the kernel ends a worker first.
      expect(readFileSync(`/proc/${task.pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
      await task.stop();
    },
  );

  test('takes large inputs and gives back large outputs', async () => {
    const copy = `memory.grow(400); for (let n = read(0, 65536, 1 << 20); n > 0; n = read(0, 65536, 1 << 20)) write(1, 65536, n);`;
    const input = Buffer.alloc(20 * MIB, 'lull');
    const task = workerTask(await wasiCommand(copy), {
      kind: 'wasi',
      input,
      limits: { ...FUEL, memoryBytes: 64 * MIB, outputBytes: 32 * MIB },
    });
    const { outcome, output } = await finish(task);
    expect(outcome.kind).toBe('completed');
    expect(Buffer.from(output).equals(input)).toBe(true);
  });

  test('ends a recursion without end by its own count, at the same fuel in every process', async () => {
    const forever = [...op.get(0), ...op.i32(1), ...op.add, ...op.call(FIRST_EXTRA)];
    // Many values wait on the stack for the call to return: frames far larger than their locals.
    const wide = [...Array(200).keys()].flatMap((i) => [...op.get(0), ...op.i32(i), ...op.mul]);
    const sum = Array<number[]>(200)
      .fill([...op.xor])
      .flat();
    for (const body of [forever, [...wide, ...forever, ...sum]]) {
      const functions = [{ params: 'i', results: 'i', body }];
      const module = steppedModule([...op.i32(0), ...op.call(FIRST_EXTRA), ...op.drop, ...FINISH], {
        functions,
      });
      const task = workerTask(module, { limits: FUEL });
      const [first, second] = await Promise.all([finish(task), finish(task)]);
      expect(first.outcome).toMatchObject({
        code: 'out_of_stack',
        message: 'Its calls are nested too deep.',
      });
      expect(second.fuel).toBe(first.fuel);
    }
  });

  test('lets a task have no more memory than it may, however it asks', async () => {
    const hungry = [
      ...op.loop(...op.i32(16), ...op.grow, ...op.i32(0), 0x4e, ...op.brIf(0)),
      ...op.loop(...op.i32(1), ...op.grow, ...op.i32(0), 0x4e, ...op.brIf(0)),
      ...FINISH,
    ];
    const limits = { ...FUEL, memoryBytes: 96 * MIB };
    const finished = await finish(workerTask(steppedModule(hungry), { limits }));
    expect(finished).toMatchObject({ outcome: { kind: 'completed' }, peakMemoryBytes: 96 * MIB });
  });
});
