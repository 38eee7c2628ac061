// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { taskPathSchema, taskSeed, taskSpecSchema } from '../../../protocol/job.ts';

describe('the seed of a task', () => {
  test('is the published SplitMix64 sequence of its job’s seed', () => {
    // Test vector of the reference implementation for seed 1234567 (Vigna, splitmix64.c, as in Rosetta Code).
    expect([0, 1, 2].map((index) => taskSeed('1234567', index))).toEqual([
      '6457827717110365317',
      '3203168211198807973',
      '9817491932198370423',
    ]);
  });

  test('fits 64 bits and differs between all tasks of a job', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seed) => {
        const seeds = Array.from({ length: 100 }, (_, index) => taskSeed(String(seed), index));
        return (
          new Set(seeds).size === seeds.length &&
          seeds.every((text) => taskSpecSchema.shape.seed.safeParse(text).success)
        );
      }),
    );
  });
});

describe('a path inside a task', () => {
  test.each(['/etc/passwd', '../x', 'a/../../x', 'a/..', '.', './a', 'a\\b', '', 'a\0b'])(
    'may not be "%s"',
    (path) => {
      expect(taskPathSchema.safeParse(path).success).toBe(false);
    },
  );

  test.each(['a', 'in/00000', 'a..b', 'deep/er/file.txt', '.hidden'])('may be "%s"', (path) => {
    expect(taskPathSchema.safeParse(path).success).toBe(true);
  });
});
