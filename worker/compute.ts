// SPDX-License-Identifier: MIT
import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';

import { toError } from '../protocol/errors.ts';
import type { WorkerTask } from '../protocol/worker-messages.ts';
import { ControlBlock } from './wasm/control-block.ts';
import { Stopped } from './wasm/instance.ts';
import { runTask } from './wasm/run-task.ts';
import { threadTime } from './system-clock.ts';

/*
 * The computing thread of a worker process. It gets one task, posts how it ended, and is done. V8 has no on-stack
 * replacement for WebAssembly, so the baseline tier is switched off before anything is compiled.
 */
setFlagsFromString('--no-liftoff');

export interface ComputeData {
  readonly task: WorkerTask;
  readonly control: SharedArrayBuffer;
}

const { task, control } = workerData as ComputeData;
try {
  parentPort?.postMessage(runTask(task, new ControlBlock(control), threadTime));
} catch (error) {
  if (!(error instanceof Stopped)) {
    parentPort?.postMessage({ type: 'device_fault', message: toError(error).message.slice(0, 1000) });
  }
}
