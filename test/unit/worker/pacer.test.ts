// SPDX-License-Identifier: MIT
import { Worker } from 'node:worker_threads';

import { expect, test } from 'vitest';

import { ControlBlock } from '../../../worker/control-block.ts';
import { Pacer } from '../../../worker/pacer.ts';
import { Throttle } from '../../../worker/throttle.ts';

const RUNS = { parked: false, dutyPercent: 100 };
const PARKED = { parked: true, dutyPercent: 1 };

function pacerOf(control: ControlBlock, onParked: (parked: boolean) => void = () => undefined): Pacer {
  const throttle = new Throttle({ now: () => performance.now(), cpuMs: () => 0, periodMs: 20 });
  return new Pacer({ control, throttle, onParked });
}

test('a slot that may run goes on at once and tells its fuel', () => {
  const control = new ControlBlock();
  control.command(RUNS);
  expect(pacerOf(control).breathe(77n)).toBe(true);
  expect(control.fuel).toBe(77n);
});

test('a stopped slot ends, parked or not', () => {
  const control = new ControlBlock();
  control.command(PARKED);
  control.stop();
  expect(pacerOf(control).breathe(0n)).toBe(false);
});

test('a parked slot sleeps until it is resumed by another thread', async () => {
  const control = new ControlBlock();
  control.command(PARKED);
  const said: boolean[] = [];
  // It wakes this thread, which sleeps: by the same words as the control thread does.
  const source = `
    import { workerData } from 'node:worker_threads';
    import { ControlBlock } from ${JSON.stringify(new URL('../../../worker/control-block.ts', import.meta.url).href)};
    const control = new ControlBlock(workerData);
    control.command({ parked: true, dutyPercent: 50 });
    control.command({ parked: false, dutyPercent: 100 });`;
  const resumer = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: control.shared,
  });
  expect(pacerOf(control, (parked) => said.push(parked)).breathe(1n)).toBe(true);
  expect(said).toEqual([true, false]);
  await resumer.terminate();
});
