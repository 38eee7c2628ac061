// SPDX-License-Identifier: MIT
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import type { RunningTask, WorkerPool } from '../../agent/ports.ts';
import { silentLogger } from '../../protocol/logger.ts';
import type { FinishedTask, WorkerTask } from '../../protocol/worker-messages.ts';
import { eventually } from '../support/eventually.ts';
import { type CheckpointedParts, CheckpointedTask, kill, type Seen } from '../support/killed-task.ts';
import { attemptNumber } from '../support/sample-work.ts';
import { checkpointedTask } from '../support/wasm-checkpointed.ts';
import { runHere } from '../support/wasm-task.ts';

const RUNS = { parked: false, dutyPercent: 100 };
const PARKED = { parked: true, dutyPercent: 1 };
const ATTEMPT = attemptNumber(1);

let task: WorkerTask;
let whole: ReturnType<typeof runHere>;
let folder: string;
const pools: WorkerPool[] = [];

beforeAll(async () => {
  task = await checkpointedTask(40, { rounds: 5_000_000 });
  whole = runHere(task);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lull-checkpoints-'));
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function tracked(more: Partial<CheckpointedParts> = {}): Promise<CheckpointedTask> {
  const entry = join(import.meta.dirname, '../../worker/main.ts');
  const pool = forkWorkerPool({ entry, clock: systemClock, logger: silentLogger });
  pools.push(pool);
  await pool.start(new AbortController().signal);
  return new CheckpointedTask({ pool, folder, attempt: ATTEMPT, task, everyMs: 20, ...more });
}

function expectWhole(finished: FinishedTask | undefined): void {
  expect(finished?.outcome).toEqual(whole.outcome);
  expect(finished?.fuel).toBe(whole.fuel.toString());
  expect(finished?.diagnostics).toBe(whole.diagnostics);
  expect(Buffer.from(finished?.output ?? [])).toEqual(Buffer.from(whole.output));
}

describe('a checkpointed task in real processes', () => {
  test.each<Parameters<Seen['snapshot']>[0]>(['begins', 'grows', 'ends', 'kept'])(
    'ends as if nothing had happened when its worker is killed where a snapshot %s',
    { timeout: 60_000 },
    async (phase) => {
      const resumed: boolean[] = [];
      let running: RunningTask | undefined;
      let kills = 0;
      const one = await tracked({
        seen: {
          begun: (how) => resumed.push(how),
          snapshot: (now) => {
            if (now !== phase || running === undefined || kills >= 3) return;
            // Twice into the middle of the first checkpoint, where there is nothing yet to go on from.
            kills += 1;
            process.kill(running.pid, 'SIGKILL');
            running = undefined;
          },
        },
      });
      let finished: FinishedTask | undefined;
      while (finished === undefined) {
        running = await one.start();
        finished = await running.done.catch(() => undefined);
      }
      expect(kills).toBe(3);
      // What had come before the kill may have been kept.
      if (phase === 'kept') expect(resumed.at(-1)).toBe(true);
      expectWhole(finished);
    },
  );

  test(
    'ends as if nothing had happened when its workers are killed at random moments',
    { timeout: 60_000 },
    async () => {
      const resumed: boolean[] = [];
      let kept = (): void => undefined;
      const seen: Seen = {
        begun: (how) => resumed.push(how),
        snapshot: (now) => {
          if (now === 'kept') kept();
        },
      };
      const one = await tracked({ seen });
      let finished: FinishedTask | undefined;
      for (let kills = 0; finished === undefined; kills++) {
        // Counted in checkpoints first: a worker that others starve has none after any time that could be chosen.
        let checkpoints = 1 + Math.floor(3 * Math.random());
        const moment = new Promise<void>((resolve) => {
          kept = () => {
            if (--checkpoints === 0) systemClock.after(100 * Math.random(), resolve);
          };
        });
        const running = await one.start();
        const done = running.done.catch(() => undefined);
        finished = await (kills < 8 ? Promise.race([done, moment.then(() => kill(running))]) : done);
      }
      expect(resumed).toContain(true);
      expectWhole(finished);
    },
  );

  test(
    'is finished on another device from the files alone, with the same bytes and fuel',
    { timeout: 60_000 },
    async () => {
      const here = await (await tracked()).start();
      await here.checkpoint();
      await kill(here);
      const there = mkdtempSync(join(tmpdir(), 'lull-other-device-'));
      try {
        cpSync(folder, there, { recursive: true });
        rmSync(folder, { recursive: true });
        const resumed: boolean[] = [];
        const other = await tracked({ folder: there, seen: { begun: (how) => resumed.push(how) } });
        expectWhole(await (await other.start()).done);
        expect(resumed).toEqual([true]);
      } finally {
        rmSync(there, { recursive: true });
      }
    },
  );

  test('begins anew, and says why, when its checkpoint is of another task', { timeout: 60_000 }, async () => {
    const first = await (await tracked()).start();
    await first.checkpoint();
    await kill(first);
    const why: (string | undefined)[] = [];
    const other = await tracked({
      task: { ...task, seed: '78' },
      seen: { begun: (resumed, notResumed) => why.push(resumed ? 'resumed' : notResumed) },
    });
    const finished = await (await other.start()).done;
    expect(finished.outcome.kind).toBe('completed');
    expect(why).toEqual(['The checkpoint cannot be used: it is of another task.']);
  });

  test('begins anew when its checkpoint is damaged', { timeout: 60_000 }, async () => {
    const one = await tracked();
    const first = await one.start();
    await first.checkpoint();
    await kill(first);
    for (const name of readdirSync(join(folder, ATTEMPT)).filter((each) => each.endsWith('.base')))
      writeFileSync(join(folder, ATTEMPT, name), 'LULLSNAP');
    expectWhole(await (await one.start()).done);
  });

  test('makes no checkpoint while it is parked, and loses nothing by it', { timeout: 60_000 }, async () => {
    const one = await tracked({ everyMs: 3_600_000 });
    const running = await one.start(PARKED);
    await running.checkpoint();
    expect(existsSync(join(folder, ATTEMPT))).toBe(false);
    running.control(RUNS);
    await one.begun;
    await running.checkpoint();
    expect((await one.store()).size(ATTEMPT)).toBeGreaterThan(0);
    for (const parked of [true, false, true, false]) {
      running.control({ parked, dutyPercent: 60 });
      if (!parked) await running.checkpoint();
    }
    expectWhole(await running.done);
    await eventually('its process is gone', async () => (await running.checkpoint()) === undefined);
  });
});
