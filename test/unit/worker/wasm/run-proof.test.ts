// SPDX-License-Identifier: MIT
import { beforeEach, expect, test, vi } from 'vitest';

import { checkModule } from '../../../../worker/wasm/checker/check-module.ts';
import { NotProved } from '../../../../worker/wasm/checker/not-proved.ts';
import { UnprovedModule } from '../../../../worker/wasm/run-task.ts';
import { FINISH, steppedModule } from '../../../support/wasm-stepped.ts';
import { runHere, workerTask } from '../../../support/wasm-task.ts';

// Only here can the meter seem to have made a mistake: the checker is watched, and once made to refuse.
vi.mock(import('../../../../worker/wasm/checker/check-module.ts'), async (original) => {
  const real = await original();
  return { ...real, checkModule: vi.fn(real.checkModule) };
});

const task = workerTask(steppedModule(FINISH));

beforeEach(() => {
  vi.mocked(checkModule).mockClear();
});

test('a module is proved before anything of it runs, and whoever remembers that spares it the next time', () => {
  const told: string[] = [];
  let provedBy = '';
  runHere(task, {
    onProved: (by) => {
      provedBy = by;
      told.push('proved');
    },
    onBegun: () => void told.push('begun'),
  });
  expect(told).toEqual(['proved', 'begun']);
  expect(checkModule).toHaveBeenCalledTimes(1);
  const onProved = vi.fn();
  expect(runHere(task, { provedBy, onProved })).toMatchObject({ outcome: { kind: 'completed' } });
  expect(checkModule).toHaveBeenCalledTimes(1);
  expect(onProved).not.toHaveBeenCalled();
});

test('what another version of the meter or the checker proved is proved again', () => {
  runHere(task, { provedBy: 'meter 0, checker 0' });
  expect(checkModule).toHaveBeenCalledTimes(1);
});

test('a module that cannot be proved is not run, and has no outcome', () => {
  vi.mocked(checkModule).mockImplementationOnce(() => {
    throw new NotProved('a loop can go round without a check', 77, 3);
  });
  const onBegun = vi.fn();
  const run = (): unknown => runHere(task, { onBegun });
  expect(run).toThrow(UnprovedModule);
  expect(onBegun).not.toHaveBeenCalled();
  vi.mocked(checkModule).mockImplementationOnce(() => {
    throw new NotProved('a loop can go round without a check', 77, 3);
  });
  expect(run).toThrow(
    'This version of Lull could not prove that the module can be interrupted at any time: module refused (function 3, byte 77: a loop can go round without a check).',
  );
});
