// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';

import { Waker } from '../../../coordinator/waker.ts';
import { TestClock } from '../../support/test-clock.ts';

const never = new AbortController().signal;

test('news that came before the wait is not lost', async () => {
  const waker = new Waker();
  using listener = waker.listen(['work']);
  waker.wake('work');
  await listener.wait(new TestClock(), 1e9, never);
});

test('only those are woken whom it is about', async () => {
  const waker = new Waker();
  const clock = new TestClock();
  using work = waker.listen(['work', 1]);
  using other = waker.listen([2]);
  const woken: string[] = [];
  const waits = [
    work.wait(clock, 1000, never).then(() => woken.push('work')),
    other.wait(clock, 1000, never).then(() => woken.push('other')),
  ];
  waker.wake(1);
  await clock.advance(0);
  expect(woken).toEqual(['work']);
  await clock.advance(1000);
  await Promise.all(waits);
  expect(woken).toEqual(['work', 'other']);
  expect(clock.waiting).toBe(0);
});

test('a wait ends when its caller hangs up, and leaves no timer behind', async () => {
  const clock = new TestClock();
  const caller = new AbortController();
  using listener = new Waker().listen(['work']);
  const wait = listener.wait(clock, 1000, caller.signal);
  caller.abort();
  await wait;
  expect(clock.waiting).toBe(0);
});
