// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { workerFlags } from '../../agent/adapters/worker-permissions.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import type { RunningTask, TaskProgress, WorkerPool } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { SlotControl, WorkerTask } from '../../protocol/worker-messages.ts';
import { eventually } from '../support/eventually.ts';
import { ROOT } from '../support/processes.ts';
import { op } from '../support/wasm-builder.ts';
import { ENDLESS, FIRST_EXTRA, steppedModule } from '../support/wasm-stepped.ts';
import { workerTask } from '../support/wasm-task.ts';

const LIMITS = { fuel: '1000000000000' };
const onLinux = describe.skipIf(!existsSync('/proc/self/stat'));
const TICK_MS = 10;
const LOOPS = 1000;

const pools: WorkerPool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.stop())));

/** CPU time of a process, ms; exact to a tick */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

interface Running {
  readonly task: RunningTask;
  /** the newest that it told */
  readonly told: () => TaskProgress;
  /** CPU time and time since it was told to begin */
  readonly soFar: () => Used;
}

interface Used {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** What a cap allows; with what is left of a period and of credit. */
const mostCpuMs = (dutyPercent: number, wallMs: number): number =>
  (dutyPercent / 100) * (wallMs + 120) + TICK_MS;

async function start(task: WorkerTask, control: SlotControl): Promise<Running> {
  const entry = join(ROOT, 'worker/main.ts');
  const pool = forkWorkerPool({ entry, clock: systemClock, logger: silentLogger });
  pools.push(pool);
  await pool.start(new AbortController().signal);
  let newest: TaskProgress | undefined;
  const running = await pool.run(task, control, (progress) => {
    newest = progress;
  });
  running.done.catch(() => undefined);
  const began = { cpuMs: cpuMs(running.pid), wallMs: systemClock.monotonic() };
  return {
    task: running,
    told: () => newest ?? { progressPermille: 0, fuel: 0n, cpuMs: 0, memoryBytes: 0, parked: false },
    soFar: () => ({
      cpuMs: cpuMs(running.pid) - began.cpuMs,
      wallMs: systemClock.monotonic() - began.wallMs,
    }),
  };
}

const passed = (ms: number): Promise<unknown> => {
  const end = systemClock.monotonic() + ms;
  return eventually(`${ms} ms have passed`, () => systemClock.monotonic() > end);
};

onLinux('a slot', () => {
  // A cap is an upper bound, however busy the computer is that runs this; so are these expectations.
  test(
    'takes no more than its share, and another share as soon as it is told',
    { timeout: 90_000 },
    async () => {
      const slot = await start(workerTask(steppedModule(ENDLESS), { limits: LIMITS }), {
        parked: false,
        dutyPercent: 100,
      });
      await eventually('it computes', () => slot.told().fuel > 0n);
      for (const [dutyPercent, phase] of [
        [50, 0],
        [10, 0.5],
        [30, 0],
      ] as const) {
        slot.task.control({ parked: false, dutyPercent, phase });
        const before = slot.soFar();
        await passed(1500);
        const after = slot.soFar();
        expect(after.cpuMs - before.cpuMs).toBeLessThanOrEqual(
          mostCpuMs(dutyPercent, after.wallMs - before.wallMs),
        );
      }
      const before = slot.told().fuel;
      await eventually('it still computes', () => slot.told().fuel > before);
    },
  );

  test('pays under its cap for the time that compiling its program took', { timeout: 90_000 }, async () => {
    // One function of many loops: nothing can be asked of the thread while V8 compiles it.
    const loop = op.loop(...[...op.get(0), ...op.i32(3), ...op.mul, ...op.tee(0), ...op.brIf(0)]);
    const loops = Array<readonly number[]>(LOOPS).fill(loop).flat();
    const module = steppedModule([...op.i32(0), ...op.call(FIRST_EXTRA), ...op.drop, ...ENDLESS], {
      functions: [{ params: 'i', results: 'i', body: [...loops, ...op.get(0)] }],
    });
    const dutyPercent = 25;
    const slot = await start(workerTask(module, { limits: LIMITS }), { parked: false, dutyPercent });
    await eventually('it computes', () => slot.told().fuel > BigInt(LOOPS) * 100n);
    const { fuel } = slot.told();
    await eventually('it has paid', () => {
      const { cpuMs, wallMs } = slot.soFar();
      return cpuMs <= mostCpuMs(dutyPercent, wallMs);
    });
    await eventually('it goes on computing', () => slot.told().fuel > fuel);
  });
});

test('neither thread of a worker may do what would undo the rules for its program', () => {
  const entry = join(ROOT, 'test/support/hostile-thread.ts');
  const flags = workerFlags(entry);
  const more = ['worker', 'protocol', 'node_modules', 'package.json'].map(
    (name) => `--allow-fs-read=${join(ROOT, name)}`,
  );
  const output = execFileSync(process.execPath, [...flags, ...more, entry], { encoding: 'utf8' });
  const denied = 'ERR_ACCESS_DENIED';
  const all = { read: denied, write: denied, spawn: denied, debug: denied };
  const nothing = { ...all, thread: denied, 'thread without rules': denied };
  expect(JSON.parse(output)).toEqual({
    before: { ...all, thread: 'done', 'thread without rules': 'done' },
    compute: nothing,
    control: nothing,
  });
});
