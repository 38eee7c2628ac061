// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { openSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { ENDLESS, steppedModule } from './wasm-stepped.ts';
import { workerTask } from './wasm-task.ts';

/*
 * Opens a file and a socket, and has inherited whatever it was started with; then runs a task, prints its process and
 * what is behind the handles of both, and stays until its stdin ends.
 */

openSync(import.meta.filename, 'r');
const server = createServer().listen(0, '127.0.0.1');
const pool = forkWorkerPool({
  entry: join(import.meta.dirname, '../../worker/main.ts'),
  clock: systemClock,
  logger: silentLogger,
});
await pool.start(new AbortController().signal);
const parked = { parked: true, dutyPercent: 1 };
const task = await pool.run(workerTask(steppedModule(ENDLESS)), parked, () => undefined);
task.done.catch(() => undefined);
const handles = (pid: number | 'self'): Record<string, string> =>
  Object.fromEntries(
    readdirSync(`/proc/${pid}/fd`).flatMap((handle) => {
      try {
        return [[handle, readlinkSync(`/proc/${pid}/fd/${handle}`)]];
      } catch {
        return [];
      }
    }),
  );
process.stdout.write(
  `${JSON.stringify({ pid: task.pid, own: handles('self'), worker: handles(task.pid) })}\n`,
);
process.stdin.resume();
await once(process.stdin, 'end');
await pool.stop();
server.close();
