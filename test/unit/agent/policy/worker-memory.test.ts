// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { needsOfTask, workerMemoryCeiling } from '../../../../agent/policy/worker-memory.ts';
import { workerTask } from '../../../support/wasm-task.ts';

const MIB = 1024 * 1024;
const ceiling = (choices: Parameters<typeof workerTask>[1], moduleBytes = 0): number =>
  workerMemoryCeiling(needsOfTask(workerTask(new Uint8Array(moduleBytes), choices)));

describe('the memory that a worker may take', () => {
  const limits = { memoryBytes: 100 * MIB, outputBytes: 1 };
  const wasi = ceiling({ kind: 'wasi', limits });

  it('is more than the memory of its module, and twice that where a checkpoint lies beside it', () => {
    expect(wasi).toBeGreaterThan(100 * MIB);
    expect(ceiling({ kind: 'stepped', limits })).toBe(wasi + 100 * MIB);
  });

  it('grows with the module, its input, its files and the output that it may have', () => {
    const file = { path: 'a', bytes: new Uint8Array(MIB) };
    for (const more of [
      ceiling({ kind: 'wasi', limits }, MIB),
      ceiling({ kind: 'wasi', limits, input: new Uint8Array(MIB) }),
      ceiling({ kind: 'wasi', limits, files: [file] }),
      ceiling({ kind: 'wasi', limits: { ...limits, outputBytes: MIB + 1 } }),
    ])
      expect(more).toBeGreaterThanOrEqual(wasi + 2 * MIB);
  });
});
