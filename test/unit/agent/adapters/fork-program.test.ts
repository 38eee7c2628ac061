// SPDX-License-Identifier: MIT
import { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { expect, it, vi } from 'vitest';

import { forkNode } from '../../../../agent/adapters/fork-program.ts';

it('a child that could not be started is sent no signal: without an id of its own, others might get it', async () => {
  const signalled = vi.spyOn(ChildProcess.prototype, 'kill').mockReturnValue(true);
  const child = forkNode('program.js', [], { execPath: '/nowhere/node' });
  const failed = once(child, 'error');
  expect(child.pid).toBeUndefined();
  expect(child.kill('SIGKILL')).toBe(false);
  expect(signalled).not.toHaveBeenCalled();
  expect(await failed).toMatchObject([{ code: 'ENOENT' }]);
});
