// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  afterTaking,
  type Offer,
  rankJobs,
  refusalOf,
  roomFor,
  whyNoWork,
} from '../../../../coordinator/policy/allocation.ts';

const offer: Offer = { moduleKinds: ['stepped'], memoryBytes: 1000, heldBytes: 0, freeSlots: 4 };
const demand = { kind: 'stepped', memoryBytes: 300 } as const;

describe('a device', () => {
  test('may run what it has the kind and the memory for', () => {
    expect(refusalOf(offer, demand)).toBeUndefined();
    expect(refusalOf(offer, { ...demand, memoryBytes: 1000 })).toBeUndefined();
  });

  test('is refused by kind, by memory, or only until its attempts end', () => {
    expect(refusalOf(offer, { ...demand, kind: 'wasi' })).toBe('needs_module_kind');
    expect(refusalOf(offer, { ...demand, memoryBytes: 1001 })).toBe('needs_more_memory');
    expect(refusalOf({ ...offer, heldBytes: 701 }, demand)).toBe('busy_memory');
  });

  test('takes as many tasks as it has slots and memory for', () => {
    expect(roomFor(offer, demand)).toBe(3);
    expect(roomFor({ ...offer, freeSlots: 2 }, demand)).toBe(2);
    expect(roomFor({ ...offer, heldBytes: 500 }, demand)).toBe(1);
    expect(roomFor(offer, { ...demand, kind: 'wasi' })).toBe(0);
    expect(roomFor({ ...offer, freeSlots: 0 }, demand)).toBe(0);
  });

  test('never takes more than it has, however often it takes', () => {
    const demands = fc.array(
      fc.record({ kind: fc.constant('stepped' as const), memoryBytes: fc.integer({ min: 1, max: 2000 }) }),
    );
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(20), demands, (memoryBytes, freeSlots, all) => {
        let left: Offer = { ...offer, memoryBytes, freeSlots };
        for (const next of all) left = afterTaking(left, next, roomFor(left, next));
        expect(left.heldBytes).toBeLessThanOrEqual(memoryBytes);
        expect(left.freeSlots).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test('jobs are tried oldest first, and those refused keep their reason', () => {
  const jobs = [
    { id: 1, ...demand },
    { id: 2, ...demand, kind: 'wasi' as const },
    { id: 3, ...demand, memoryBytes: 5000 },
    { id: 4, ...demand },
  ];
  const { eligible, refused } = rankJobs(offer, jobs);
  expect(eligible.map(({ id }) => id)).toEqual([1, 4]);
  expect(refused.map(({ job, refusal }) => [job.id, refusal])).toEqual([
    [2, 'needs_module_kind'],
    [3, 'needs_more_memory'],
  ]);
});

test('of several reasons for no work the one nearest to work is told', () => {
  const none = { forOthers: false, needsMemory: false, needsKind: false };
  expect(whyNoWork(none)).toBe('nothing_to_do');
  expect(whyNoWork({ ...none, needsKind: true })).toBe('needs_module_kind');
  expect(whyNoWork({ ...none, needsKind: true, needsMemory: true })).toBe('needs_more_memory');
  expect(whyNoWork({ forOthers: true, needsKind: true, needsMemory: true })).toBe('already_did_all');
});
