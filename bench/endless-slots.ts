// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { systemClock } from '../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../agent/adapters/worker-pool.ts';
import type { RunningTask, TaskProgress } from '../agent/ports.ts';
import { DIST, ensureBuilt } from '../build/build.ts';
import { silentLogger } from '../protocol/logger.ts';
import type { SlotControl, WorkerTask } from '../protocol/worker-messages.ts';
import { eventually } from '../test/support/eventually.ts';
import { op } from '../test/support/wasm-builder.ts';
import { rounds, steppedModule } from '../test/support/wasm-stepped.ts';
import { workerTask } from '../test/support/wasm-task.ts';
import { CpuWatch } from './cpu-watch.ts';

const LIMITS = { fuel: String(10n ** 15n), wallMs: 3_600_000 };
const FREE: SlotControl = { parked: false, dutyPercent: 100 };

/** Arithmetic in one loop, so many rounds of it. */
export const arithmetic = (count: number): WorkerTask =>
  workerTask(steppedModule(rounds(count), { locals: 'ii' }), { limits: LIMITS });

/** The same without end, in one single call. */
const ENDLESS = workerTask(
  steppedModule(
    [
      ...op.loop(
        ...[...op.get(1), ...op.i32(0x9e3779b9 | 0), ...op.add, ...op.get(0), ...op.rotl, ...op.set(1)],
        ...[...op.get(0), ...op.i32(1), ...op.add, ...op.set(0)],
        ...op.br(0),
      ),
      ...op.unreachable,
    ],
    { locals: 'ii' },
  ),
  { limits: LIMITS },
);

/** One task in a worker process as it ships, and what Linux says of that process. */
export interface BenchSlot {
  readonly task: RunningTask;
  readonly watch: CpuWatch;
  /** the newest that it told */
  readonly progress: TaskProgress | undefined;
}

/** Slots as the agent runs them, each a real process of dist/worker.js; ended when `use` is over. */
export async function withSlots<T>(
  count: number,
  use: (slots: readonly BenchSlot[]) => Promise<T>,
  task: WorkerTask = ENDLESS,
): Promise<T> {
  await ensureBuilt();
  const pool = forkWorkerPool({ entry: join(DIST, 'worker.js'), clock: systemClock, logger: silentLogger });
  await pool.start(new AbortController().signal);
  const slots: BenchSlot[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const slot: { progress: TaskProgress | undefined } = { progress: undefined };
      const running = await pool.run(task, FREE, (progress) => {
        slot.progress = progress;
      });
      const ended = running.done.then(({ outcome }) => {
        throw new Error(`it ended before it was seen computing: ${JSON.stringify(outcome)}`);
      });
      await Promise.race([eventually('it computes', () => (slot.progress?.fuel ?? 0n) > 0n), ended]);
      ended.catch(() => undefined);
      slots.push(Object.assign(slot, { task: running, watch: new CpuWatch(running.pid) }));
    }
    return await use(slots);
  } finally {
    for (const { watch } of slots) watch.close();
    await pool.stop();
  }
}
