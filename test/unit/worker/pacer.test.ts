// SPDX-License-Identifier: MIT
import { Worker } from 'node:worker_threads';

import { expect, test, vi } from 'vitest';

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

test('a slot heeds a command at its next look, and only once', () => {
  const control = new ControlBlock();
  const throttle = new Throttle({ now: () => 0, cpuMs: () => 0, periodMs: 20 });
  const begin = vi.spyOn(throttle, 'begin');
  const pacer = new Pacer({ control, throttle, onParked: () => undefined });
  control.command(RUNS);
  pacer.breathe(1n);
  pacer.breathe(2n);
  control.command({ parked: false, dutyPercent: 12.5, phase: 0.25 });
  pacer.breathe(3n);
  pacer.breathe(4n);
  expect(begin.mock.calls).toEqual([
    [1, 0],
    [0.125, 0.25],
  ]);
});

test('a stopped slot ends at every look, parked or not', () => {
  const control = new ControlBlock();
  control.command(PARKED);
  control.stop();
  const pacer = pacerOf(control);
  expect([pacer.breathe(0n), pacer.breathe(1n)]).toEqual([false, false]);
  control.command(RUNS);
  expect(pacer.breathe(2n)).toBe(false);
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
