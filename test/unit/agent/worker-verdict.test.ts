// SPDX-License-Identifier: MIT
import { expect, test, vi } from 'vitest';

import { WorkerProcess } from '../../../agent/adapters/worker-process.ts';
import { FakeProgramChild } from '../../support/fake-program-child.ts';
import { TestClock } from '../../support/test-clock.ts';
import { workerTask } from '../../support/wasm-task.ts';

const RUNS = { parked: false, dutyPercent: 100 };
const PROVED = { type: 'proved', by: 'meter 2, checker 1' };

async function started(provedBy?: string) {
  const child = new FakeProgramChild(2_000_000_000, {});
  const worker = new WorkerProcess({
    child,
    clock: new TestClock(),
    memoryOf: () => undefined,
    mostSilentCpuMs: 60_000,
    mayFreeze: false,
    onReady: () => undefined,
  });
  child.say({ type: 'ready', permissions: true });
  await worker.ready;
  const proved = vi.fn();
  worker.run(workerTask(new Uint8Array()), RUNS, () => undefined, undefined, { provedBy, proved });
  return { child, worker, proved };
}

test('a worker is told what proved its module before, and its own proof is believed once', async () => {
  const { child, worker, proved } = await started('meter 1, checker 1');
  expect(child.received.at(-1)).toMatchObject({ type: 'run', provedBy: 'meter 1, checker 1' });
  child.say(PROVED);
  expect(proved.mock.calls).toEqual([['meter 2, checker 1']]);
  child.say(PROVED);
  await expect(worker.done).rejects.toThrow('the worker proved a module that had begun');
  expect(proved).toHaveBeenCalledTimes(1);
});

test('a proof that comes after the module has begun is not believed', async () => {
  const { child, worker, proved } = await started();
  child.say({ type: 'begun', resumed: false });
  child.say(PROVED);
  await expect(worker.done).rejects.toThrow('the worker proved a module that had begun');
  expect(proved).not.toHaveBeenCalled();
});
