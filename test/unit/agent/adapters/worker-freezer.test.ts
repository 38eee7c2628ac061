// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import { FREEZE_AFTER_MS, WorkerFreezer } from '../../../../agent/adapters/worker-freezer.ts';
import { TestClock } from '../../../support/test-clock.ts';

let clock: TestClock;
let told: string[];
let freezer: WorkerFreezer;
beforeEach(() => {
  clock = new TestClock();
  told = [];
  freezer = new WorkerFreezer({
    clock,
    signal: (signal) => told.push(signal),
    changed: (frozen) => told.push(frozen ? 'frozen' : 'thawed'),
  });
});

describe('a worker that is told to park', () => {
  it('is left alone when it says in time that it is parked', async () => {
    freezer.command(true);
    await clock.advance(FREEZE_AFTER_MS - 1);
    freezer.heard(true);
    await clock.advance(10_000);
    freezer.command(false);
    expect(told).toEqual([]);
  });

  it('is stopped as a whole when it does not, and goes on when it may', async () => {
    freezer.command(true);
    await clock.advance(FREEZE_AFTER_MS);
    expect(told).toEqual(['SIGSTOP', 'frozen']);
    expect(freezer.isFrozen).toBe(true);
    freezer.command(true);
    await clock.advance(10_000);
    freezer.command(false);
    expect(told).toEqual(['SIGSTOP', 'frozen', 'SIGCONT', 'thawed']);
  });

  it('is not stopped when it may go on before its time to park is over', async () => {
    freezer.command(true);
    await clock.advance(FREEZE_AFTER_MS / 2);
    freezer.command(false);
    await clock.advance(10_000);
    expect(told).toEqual([]);
  });

  it('is not believed to be parked by what it said before the last command', async () => {
    freezer.command(true);
    freezer.heard(true);
    freezer.command(false);
    freezer.command(true);
    await clock.advance(FREEZE_AFTER_MS);
    expect(told).toEqual(['SIGSTOP', 'frozen']);
  });

  it('is not stopped after its end', async () => {
    freezer.command(true);
    freezer.end();
    await clock.advance(10_000);
    expect(told).toEqual([]);
  });
});
