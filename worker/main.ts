// SPDX-License-Identifier: MIT
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';

import { toError } from '../protocol/errors.ts';
import {
  type FromWorker,
  fromWorkerSchema,
  type ToWorker,
  toWorkerSchema,
} from '../protocol/worker-messages.ts';
import type { ComputeData } from './compute.ts';
import { listenToAgent, tellAgent } from './parent.ts';
import { systemClock } from './system-clock.ts';
import { ControlBlock } from './wasm/control-block.ts';

/*
 * A worker process: this thread is control and messages, another computes. It runs one task in its life, and ends
 * at once when its parent does.
 */
const LOWEST_PRIORITY = 19;
const PROGRESS_MS = 250;
/** enough for the deepest stack that the meter allows */
const STACK_MB = 64;

/** The computing thread's program stands beside this one, bundled or as a source. */
const computeEntry = new URL(
  import.meta.url.endsWith('.ts') ? './compute.ts' : './worker-compute.js',
  import.meta.url,
);

const control = new ControlBlock();
let compute: Worker | undefined;
let told = '';
listenToAgent(receive);

function receive(raw: unknown): void {
  const parsed = toWorkerSchema.safeParse(raw);
  if (!parsed.success) return fail('the agent sent a message that is not one');
  const message: ToWorker = parsed.data;
  switch (message.type) {
    case 'ping':
      return tellAgent({ type: 'pong', id: message.id });
    case 'control':
      control.set(message.control);
      return;
    case 'run':
      if (compute !== undefined) return fail('this worker has a task already');
      control.set(message.control);
      return run({ task: message.task, control: control.buffer });
  }
}

function run(data: ComputeData): void {
  try {
    compute = new Worker(computeEntry, {
      workerData: data,
      env: {},
      resourceLimits: { stackSizeMb: STACK_MB },
      name: 'task',
    });
  } catch (error) {
    return fail(toError(error).message);
  }
  compute.on('message', finish);
  compute.on('error', (error) => fail(toError(error).message));
  tellProgress();
}

/** What the computing thread says ends this process; it runs a stranger's code and is parsed like one. */
function finish(raw: unknown): void {
  const parsed = fromWorkerSchema.safeParse(raw);
  if (parsed.success) leave(parsed.data);
  else fail('the task ended with a result that is not one');
}

const fail = (message: string): void => leave({ type: 'device_fault', message: message.slice(0, 1000) });

function leave(last: FromWorker): void {
  tellAgent(last, () => process.exit(0));
}

function tellProgress(): void {
  const parked = control.isParkedNow;
  const state = `${control.fuel} ${control.progressPermille} ${String(parked)}`;
  if (state !== told) {
    told = state;
    tellAgent({
      type: 'progress',
      progressPermille: control.progressPermille,
      fuel: String(control.fuel),
      cpuMs: control.cpuMs,
      parked,
    });
  }
  systemClock.after(PROGRESS_MS, tellProgress);
}

try {
  setPriority(LOWEST_PRIORITY);
} catch {
  // A system that does not let a process lower itself: the cap still holds.
}
tellAgent({ type: 'ready' });
