// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { systemClock } from '../../agent/adapters/system-clock.ts';
import { forkWorkerPool } from '../../agent/adapters/worker-pool.ts';
import type { WorkerPool } from '../../agent/ports.ts';
import { readJob } from '../../agent/requester/job-reader.ts';
import { runLocally } from '../../agent/requester/local-run.ts';
import type { Check } from '../../examples/check.ts';
import { check as checkEarthquakes } from '../../examples/earthquakes/check.ts';
import { check as checkRender } from '../../examples/render/check.ts';
import { check as checkWasi } from '../../examples/wasi/check.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { type ExampleRun, runSteppedExample, runWasiExample } from '../support/example-run.ts';
import { preparedExamples } from '../support/prepared-examples.ts';
import { DIST } from '../support/processes.ts';

const EXAMPLES: readonly { name: string; run: (folder: string) => Promise<ExampleRun>; check: Check }[] = [
  { name: 'earthquakes', run: runSteppedExample, check: checkEarthquakes },
  { name: 'render', run: runSteppedExample, check: checkRender },
  { name: 'wasi', run: runWasiExample, check: checkWasi },
];

describe('the examples in the sandbox', () => {
  let pool: WorkerPool;
  let root: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ folder: root, remove } = await preparedExamples());
    pool = forkWorkerPool({ entry: join(DIST, 'worker.js'), clock: systemClock, logger: silentLogger });
    await pool.start(new AbortController().signal);
  });
  afterAll(async () => {
    await pool.stop();
    await remove();
  });

  test.each(EXAMPLES)(
    '$name gives the bytes that its modules give outside of it, and they pass its check',
    { timeout: 180_000 },
    async ({ name, run, check }) => {
      const folder = join(root, name);
      const job = await readJob(join(folder, 'job.json'));
      const { results, merged } = await runLocally(job, { pool, parallel: 2 });
      const plain = await run(folder);
      expect(results.map(({ output }) => Buffer.from(output))).toEqual(
        plain.outputs.map((output) => Buffer.from(output)),
      );
      expect(Buffer.from(merged ?? []).equals(plain.merged)).toBe(true);
      expect(await check(merged ?? new Uint8Array(), { folder })).toMatchObject({ ok: true });
    },
  );
});
