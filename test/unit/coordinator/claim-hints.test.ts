// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { ClaimHints } from '../../../coordinator/claim-hints.ts';
import { TestClock } from '../../support/test-clock.ts';

test('a look begins where the last claim of the account began', () => {
  const hints = new ClaimHints(new TestClock());
  expect(hints.after(1, 7)).toBe(0);
  hints.claimed(1, 7, 40);
  expect(hints.after(1, 7)).toBe(40);
  expect(hints.after(1, 8)).toBe(0);
  expect(hints.after(2, 7)).toBe(0);
});

test('a task that may be handed out again moves the beginning before it, for every account', () => {
  const hints = new ClaimHints(new TestClock());
  hints.claimed(1, 7, 40);
  hints.nothing(1, 8);
  hints.requeued(1, 12);
  expect([hints.after(1, 7), hints.after(1, 8)]).toEqual([11, 11]);
  hints.requeued(1, 60);
  expect(hints.after(1, 7)).toBe(11);
});

test('a job that had nothing is asked again after a moment, from the beginning', async () => {
  const clock = new TestClock();
  const hints = new ClaimHints(clock);
  hints.nothing(1, 7);
  expect(hints.after(1, 7)).toBeUndefined();
  await clock.advance(500);
  expect(hints.after(1, 7)).toBe(0);
});

test('nothing is remembered of a job that has ended', () => {
  const hints = new ClaimHints(new TestClock());
  hints.nothing(1, 7);
  hints.ended(1);
  expect(hints.after(1, 7)).toBe(0);
});
