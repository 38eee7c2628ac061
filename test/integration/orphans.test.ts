// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

import { eventually } from '../support/eventually.ts';
import { DIST, isAlive, ROOT, TestProcess } from '../support/processes.ts';

const ROUNDS = 20;
const GONE_WITHIN_MS = 2000;
const PARENT = join(ROOT, 'test/support/wasm-endless-parent.ts');
const pidsSchema = z.array(z.int().positive()).length(3);

const parents: TestProcess[] = [];
afterEach(() => Promise.all(parents.splice(0).map((parent) => parent.kill())));

test(
  'no worker is alive two seconds after its agent was killed with SIGKILL, in any of 20 rounds',
  { timeout: 300_000 },
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const parent = new TestProcess('the parent', process.execPath, [PARENT, join(DIST, 'worker.js')]);
      parents.push(parent);
      const [line] = await parent.prints(/^\[.*\]$/m);
      const workers = [...new Set([...pidsSchema.parse(JSON.parse(line)), ...childrenOf(parent.pid)])];
      expect(workers.filter(isAlive)).toEqual(workers);
      await parent.kill();
      await eventually('every worker is gone', () => !workers.some(isAlive), GONE_WITHIN_MS);
    }
  },
);

/** All of its children, where the system tells: the spare that has no task is one of them. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').map(Number).filter(Boolean) : [];
}
