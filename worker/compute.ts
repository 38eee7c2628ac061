// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';

import type { ComputeData, FromCompute, ToCompute } from './compute-protocol.ts';
import { ControlBlock } from './control-block.ts';
import { OutputGate } from './output-gate.ts';
import { Pacer } from './pacer.ts';
import { dropPermissions } from './permissions.ts';
import { systemClock } from './system-clock.ts';
import { Throttle } from './throttle.ts';
import { CheckpointTaker } from './wasm/checkpoint/checkpoint-taker.ts';
import { CheckpointWords } from './wasm/checkpoint/checkpoint-words.ts';
import { setEngineFlags } from './wasm/engine-flags.ts';
import { runTask } from './wasm/run-task.ts';

/*
 * The thread that computes. It looks at nothing but its control block while it does, and ends after one task.
 */

/** One period of the cap. Where sleeping is only exact to 16 ms (Windows), a short one could not hold it. */
const PERIOD_MS = process.platform === 'win32' ? 100 : 20;

const { control: shared, moduleBytes, output, checkpoints } = workerData as ComputeData;
const tell = (message: FromCompute): void => parentPort?.postMessage(message);

/** Of the whole process, which does nothing but this task: what compiles and collects garbage for it counts too. */
function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** On Linux of this thread alone, elsewhere of the process. */
function lowerPriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Some containers forbid it. The cap holds without it.
  }
  // Node's pool of threads takes the priority of the thread that first uses it.
  randomBytes(1, () => undefined);
}

function checkpointTaker(everyMs: number): CheckpointTaker {
  return new CheckpointTaker({
    words: new CheckpointWords(checkpoints),
    everyMs,
    now: systemClock.monotonic,
    cpuMs: processCpuMs,
    taken: (snapshot) => tell({ type: 'snapshot', snapshot }),
    refused: (why) => tell({ type: 'checkpoints_refused', why }),
  });
}

function run({ task, checkpointEveryMs, provedBy, resume }: ToCompute): void {
  setEngineFlags();
  const control = new ControlBlock(shared);
  const pacer = new Pacer({
    control,
    throttle: new Throttle({ now: systemClock.monotonic, cpuMs: processCpuMs, periodMs: PERIOD_MS }),
    onParked: (parked) => tell({ type: 'parked', parked }),
  });
  if (!pacer.breathe(0n)) return;
  const gate = new OutputGate(output);
  const { fuel, ...ended } = runTask(task, {
    moduleBytes,
    breathe: (consumed) => pacer.breathe(consumed),
    onProgress: (permille) => control.reportProgress(permille),
    onMemory: (bytes) => control.reportMemory(bytes),
    onOutput: (piece) => {
      gate.enter();
      parentPort?.postMessage({ type: 'output', piece } satisfies FromCompute, [piece.buffer]);
    },
    provedBy,
    onProved: (by) => tell({ type: 'proved', by }),
    onBegun: (begun) => tell({ type: 'begun', begun }),
    ...(checkpointEveryMs !== undefined && { checkpoints: checkpointTaker(checkpointEveryMs) }),
    ...(resume && { resume }),
  });
  tell({ type: 'finished', task: { ...ended, fuel: fuel.toString() } });
}

lowerPriority();
dropPermissions();
parentPort?.once('message', (message: ToCompute) => {
  try {
    run(message);
  } catch (error) {
    tell({ type: 'fault', message: String(error) });
  }
});
tell({ type: 'ready' });
