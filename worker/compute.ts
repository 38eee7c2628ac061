// SPDX-License-Identifier: MIT
import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';

import type { ComputeData, FromCompute } from './compute-protocol.ts';
import { ControlBlock } from './control-block.ts';
import { Pacer } from './pacer.ts';
import { systemClock } from './system-clock.ts';
import { Throttle } from './throttle.ts';
import { runTask } from './wasm/run-task.ts';

/*
 * The thread that computes. It looks at nothing but its control block while it does, and ends after one task.
 */

const { task, control: shared, phase, moduleBytes } = workerData as ComputeData;
const tell = (message: FromCompute): void => parentPort?.postMessage(message);

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function run(): void {
  // V8 cannot replace WebAssembly code while it runs: a long first call would stay in the slow tier.
  setFlagsFromString('--no-liftoff');
  const control = new ControlBlock(shared);
  const pacer = new Pacer({
    control,
    throttle: new Throttle({ now: () => systemClock.monotonic(), cpuMs: threadCpuMs, phase }),
    onParked: (parked) => tell({ type: 'parked', parked }),
  });
  if (!pacer.breathe(0n)) return;
  const { fuel, ...ended } = runTask(task, {
    moduleBytes,
    breathe: (consumed) => pacer.breathe(consumed),
    onProgress: (permille) => control.reportProgress(permille),
  });
  tell({ type: 'finished', task: { ...ended, fuel: fuel.toString() } });
}

try {
  run();
} catch (error) {
  tell({ type: 'fault', message: String(error) });
}
