// SPDX-License-Identifier: MIT
// A program for tests that kill it: runs tasks without end in a worker pool and prints the workers' pids as JSON.
import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { ENDLESS, steppedModule } from './wasm-stepped.ts';
import { workerTask } from './wasm-task.ts';

const [entry = ''] = process.argv.slice(2);
const task = workerTask(steppedModule(ENDLESS), { limits: { fuel: '1000000000000000' } });
const controls = [
  { parked: false, dutyPercent: 100 },
  { parked: false, dutyPercent: 10 },
  { parked: true, dutyPercent: 1 },
];

const pool = forkWorkerPool({ entry, clock: systemClock, logger: silentLogger });
await pool.start(new AbortController().signal);
const pids = await Promise.all(
  controls.map(async (control) => {
    const told = Promise.withResolvers<void>();
    const running = await pool.run(task, control, () => told.resolve());
    await told.promise;
    return running.pid;
  }),
);
process.stdout.write(`${JSON.stringify(pids)}\n`);
setInterval(() => undefined, 60_000);
