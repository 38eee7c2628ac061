// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';

import {
  type AttemptStanding,
  judgeHold,
  judgeReport,
  longestHold,
  needsRenewal,
  wasAbsent,
} from '../../../../coordinator/policy/lease.ts';

const leased: AttemptStanding = { attempt: 'leased', task: 'full', need: 0, replaced: false, job: 'running' };
const lapsed: AttemptStanding = { ...leased, attempt: 'expired', task: 'pending', need: 1 };
const cancelled: AttemptStanding = { ...leased, attempt: 'cancelled', task: 'ended', job: 'cancelled' };

describe('a result', () => {
  test.each<[string, AttemptStanding, ReturnType<typeof judgeReport>]>([
    ['is accepted under its lease', leased, 'accept'],
    ['is accepted late while its place is free', lapsed, 'revive'],
    ['is refused when its place was given to another', { ...lapsed, task: 'full', need: 0 }, 'lease_expired'],
    ['is refused when its account has the task again', { ...lapsed, replaced: true }, 'lease_expired'],
    [
      'is refused when the task was decided meanwhile',
      { ...lapsed, task: 'completed', need: 0 },
      'lease_expired',
    ],
    ['is refused when the task failed meanwhile', { ...lapsed, task: 'failed', need: 0 }, 'lease_expired'],
    ['is refused after its attempt was given back', { ...lapsed, attempt: 'returned' }, 'lease_expired'],
    ['is refused when its job was cancelled', cancelled, 'job_ended'],
    ['is refused when its job ended first', { ...cancelled, job: 'ended' }, 'job_ended'],
  ])('%s', (_title, standing, verdict) => {
    expect(judgeReport(standing)).toBe(verdict);
  });
});

describe('an attempt that a device holds', () => {
  test.each<[string, AttemptStanding, ReturnType<typeof judgeHold>]>([
    ['goes on under its lease', leased, 'keep'],
    ['is left alone while its result waits', { ...leased, attempt: 'reported' }, 'keep'],
    ['is left alone once paid', { ...leased, attempt: 'paid', task: 'completed' }, 'keep'],
    ['is left alone once refused', { ...leased, attempt: 'refused', task: 'completed' }, 'keep'],
    ['gets its lease back while its place is free', lapsed, 'revive'],
    ['stops when its place was given to another', { ...lapsed, task: 'full', need: 0 }, 'lease_expired'],
    ['stops when it was given back', { ...lapsed, attempt: 'returned' }, 'lease_expired'],
    ['stops when its task was decided', { ...lapsed, task: 'completed', need: 0 }, 'already_decided'],
    ['stops when its job was cancelled', cancelled, 'job_cancelled'],
    ['stops when its job ended', { ...cancelled, job: 'ended' }, 'job_ended'],
  ])('%s', (_title, standing, verdict) => {
    expect(judgeHold(standing)).toBe(verdict);
  });
});

test('a lease is renewed once a third of it is gone, not with every poll', () => {
  expect(needsRenewal(60_000, 0, 60_000)).toBe(false);
  expect(needsRenewal(60_000, 20_000, 60_000)).toBe(false);
  expect(needsRenewal(60_000, 20_001, 60_000)).toBe(true);
});

test('a poll of a device with attempts is answered in time for its next renewal', () => {
  expect(longestHold(30_000, 60_000, true)).toBe(20_000);
  expect(longestHold(5000, 60_000, true)).toBe(5000);
  expect(longestHold(30_000, 60_000, false)).toBe(30_000);
});

test('leases get time when nobody looked after them for half of theirs', () => {
  expect(wasAbsent(undefined, 1_000_000, 60_000)).toBe(true);
  expect(wasAbsent(0, 30_000, 60_000)).toBe(false);
  expect(wasAbsent(0, 30_001, 60_000)).toBe(true);
});
