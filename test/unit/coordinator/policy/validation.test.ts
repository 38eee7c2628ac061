// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  agreementKey,
  isCompleted,
  judgeTask,
  MAX_FAULTS,
  SPARE_RESULTS,
} from '../../../../coordinator/policy/validation.ts';

const judge = (changes: Partial<Parameters<typeof judgeTask>[0]>): ReturnType<typeof judgeTask> =>
  judgeTask({ quorum: 2, results: [], leased: 0, faults: 0, ...changes });

describe('agreement', () => {
  const result = { outcome: { kind: 'completed' } as const, outputHash: 'a', fuel: 5n };
  const failed = (message: string, code: 'trap' | 'bad_exit' = 'trap') =>
    agreementKey({ ...result, outcome: { kind: 'failed', code, message } });

  test('needs the same outcome, output and fuel', () => {
    const keys = [
      agreementKey(result),
      agreementKey({ ...result, outputHash: 'b' }),
      agreementKey({ ...result, fuel: 6n }),
      failed('x'),
      failed('x', 'bad_exit'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('is not about the words of a failure', () => {
    expect(failed('unreachable')).toBe(failed('in other words'));
  });

  test('says whether the task completed', () => {
    expect(isCompleted(agreementKey(result))).toBe(true);
    expect(isCompleted(failed('x'))).toBe(false);
  });
});

describe('a task', () => {
  test('wants as many attempts as its quorum still lacks, those that are out counted', () => {
    expect(judge({})).toEqual({ kind: 'open', need: 2 });
    expect(judge({ leased: 1 })).toEqual({ kind: 'open', need: 1 });
    expect(judge({ leased: 1, results: ['a'] })).toEqual({ kind: 'open', need: 0 });
    expect(judge({ results: ['a', 'b'] })).toEqual({ kind: 'open', need: 1 });
    expect(judge({ quorum: 3, results: ['a', 'b', 'a'] })).toEqual({ kind: 'open', need: 1 });
  });

  test('is decided by the first results that reach the quorum', () => {
    expect(judge({ quorum: 1, results: ['a'] })).toEqual({ kind: 'canonical', agreement: 'a' });
    expect(judge({ results: ['a', 'b', 'b', 'a'] })).toEqual({ kind: 'canonical', agreement: 'b' });
  });

  test('fails when its spare results are used up without agreement, but not before the last one is in', () => {
    const all = Array.from({ length: 2 + SPARE_RESULTS }, (_, index) => String(index));
    expect(judge({ results: all.slice(1) })).toEqual({ kind: 'open', need: 1 });
    expect(judge({ results: all.slice(1), leased: 1 })).toEqual({ kind: 'open', need: 0 });
    expect(judge({ results: all })).toEqual({ kind: 'failed', reason: 'no_agreement' });
  });

  test('fails as soon as no agreement is possible any more', () => {
    const all = Array.from({ length: 3 + SPARE_RESULTS - 1 }, (_, index) => String(index));
    expect(judge({ quorum: 3, results: all })).toEqual({ kind: 'failed', reason: 'no_agreement' });
    expect(judge({ quorum: 3, results: all, leased: 1 })).toEqual({ kind: 'open', need: 0 });
  });

  test('fails when devices lost it too often, but waits for those that still run it', () => {
    expect(judge({ faults: MAX_FAULTS - 1 })).toEqual({ kind: 'open', need: 2 });
    expect(judge({ faults: MAX_FAULTS, leased: 1 })).toEqual({ kind: 'open', need: 0 });
    expect(judge({ faults: MAX_FAULTS })).toEqual({ kind: 'failed', reason: 'too_many_faults' });
  });

  test('is never stuck, never over-served, and canonical only by a quorum', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 15 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        words,
        fc.nat(7),
        fc.nat(MAX_FAULTS + 2),
        (quorum, results, leased, faults) => {
          const verdict = judgeTask({ quorum, results, leased, faults });
          const count = (key: string): number => results.filter((result) => result === key).length;
          const largest = Math.max(0, ...results.map(count));
          if (verdict.kind === 'canonical') expect(count(verdict.agreement)).toBeGreaterThanOrEqual(quorum);
          else expect(largest).toBeLessThan(quorum);
          if (verdict.kind === 'failed') expect(leased).toBe(0);
          if (verdict.kind === 'open') {
            expect(verdict.need + leased).toBeGreaterThan(0);
            if (verdict.need > 0) expect(largest + leased + verdict.need).toBe(quorum);
          }
        },
      ),
    );
  });
});
