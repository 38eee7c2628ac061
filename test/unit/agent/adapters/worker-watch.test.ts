// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import { LOOK_MS, PARKED_LOOK_MS, SILENCE_MS, WorkerWatch } from '../../../../agent/adapters/worker-watch.ts';
import type { FromWorker, SlotControl } from '../../../../protocol/worker-messages.ts';
import { TestClock } from '../../../support/test-clock.ts';

const RUNS: SlotControl = { parked: false, dutyPercent: 100 };
const PARKED: SlotControl = { parked: true, dutyPercent: 1 };
const HOUR_MS = 3_600_000;

type Progress = Extract<FromWorker, { type: 'progress' }>;
const answer = (changes: Partial<Progress> = {}): FromWorker => ({
  type: 'progress',
  progressPermille: 0,
  fuel: '0',
  cpuMs: 0,
  memoryBytes: 0,
  processBytes: 0,
  breaths: 0,
  parked: false,
  ...changes,
});

let clock: TestClock;
let asked: number;
let memoryBytes: number | undefined;
let faults: string[];
let watch: WorkerWatch;
beforeEach(() => {
  clock = new TestClock();
  asked = 0;
  memoryBytes = undefined;
  faults = [];
  watch = new WorkerWatch({
    clock,
    wallMs: 24 * HOUR_MS,
    control: RUNS,
    mostSilentCpuMs: 1000,
    memoryBytes: () => memoryBytes,
    memoryCeiling: 100,
    ask: () => (asked += 1),
    fault: (why) => faults.push(why),
  });
});

/** Parks it, as an honest worker does. */
function park(): void {
  watch.control(PARKED);
  watch.heard(answer({ parked: true }));
}

describe('a worker that computes', () => {
  it('is asked four times a second how far it is', async () => {
    for (let i = 1; i <= 8; i++) {
      await clock.advance(LOOK_MS);
      expect(asked).toBe(i);
      watch.heard(answer());
    }
    expect(faults).toEqual([]);
  });

  it('is not asked again before it has answered, and is given up when it never does', async () => {
    await clock.advance(SILENCE_MS);
    expect([asked, faults]).toEqual([1, []]);
    await clock.advance(3 * LOOK_MS);
    expect([asked, faults]).toEqual([1, ['the worker did not answer']]);
  });

  it('answers also by anything else that it says', async () => {
    for (let i = 0; i < 3; i++) {
      await clock.advance(SILENCE_MS);
      watch.heard({ type: 'begun', resumed: false });
    }
    expect(faults).toEqual([]);
  });

  it('is given up when its module is silent for too much of its CPU time', async () => {
    watch.heard(answer({ breaths: 7, cpuMs: 900 }));
    watch.heard(answer({ breaths: 7, cpuMs: 1900 }));
    expect(faults).toEqual([]);
    watch.heard(answer({ breaths: 7, cpuMs: 1901 }));
    expect(faults).toEqual([expect.stringContaining('the module answers no heartbeat')]);
  });

  it('is believed how much memory it has where the system does not tell', async () => {
    watch.heard(answer({ processBytes: 101 }));
    memoryBytes = 100;
    await clock.advance(LOOK_MS);
    expect(faults).toEqual([]);
    memoryBytes = undefined;
    await clock.advance(LOOK_MS);
    expect(faults).toHaveLength(1);
  });
});

describe('a worker that is parked', () => {
  it('is asked nothing, however long, and counts as silent for none of it', async () => {
    park();
    await clock.advance(HOUR_MS);
    expect([asked, faults]).toEqual([0, []]);
  });

  it('still has no more memory than it may', async () => {
    park();
    memoryBytes = 101;
    await clock.advance(PARKED_LOOK_MS);
    expect(faults).toHaveLength(1);
  });

  it('is asked again a quarter of a second after it may go on, and must answer', async () => {
    park();
    await clock.advance(HOUR_MS);
    watch.control(RUNS);
    await clock.advance(LOOK_MS - 1);
    expect(asked).toBe(0);
    await clock.advance(1);
    expect(asked).toBe(1);
    await clock.advance(SILENCE_MS + 3 * LOOK_MS);
    expect(faults).toEqual(['the worker did not answer']);
  });

  it('is only one that says so: until then it is asked, also when an earlier pause was the last it told', async () => {
    watch.control(PARKED);
    await clock.advance(LOOK_MS);
    expect(asked).toBe(1);
    park();
    watch.control(RUNS);
    watch.control(PARKED);
    await clock.advance(LOOK_MS);
    expect(asked).toBe(2);
  });

  it('is asked nothing either when it was stopped as a whole', async () => {
    watch.control(PARKED);
    watch.frozen(true);
    await clock.advance(HOUR_MS);
    expect([asked, faults]).toEqual([0, []]);
    watch.frozen(false);
    watch.control(RUNS);
    await clock.advance(LOOK_MS);
    expect(asked).toBe(1);
  });
});

it('nothing is asked, and nothing found wrong, after the end', async () => {
  watch.end();
  memoryBytes = 101;
  await clock.advance(HOUR_MS);
  expect([asked, faults, clock.waiting]).toEqual([0, [], 0]);
});
