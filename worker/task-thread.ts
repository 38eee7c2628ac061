// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { LIMITS_MAX } from '../protocol/job.ts';
import type { FromWorker, SlotControl, StreamName, ToWorker } from '../protocol/worker-messages.ts';
import { CheckpointSender } from './checkpoint-sender.ts';
import type { ComputeData, FromCompute, ToCompute } from './compute-protocol.ts';
import { ControlBlock } from './control-block.ts';
import { OutputGate } from './output-gate.ts';
import { computeThreadFlags } from './permissions.ts';
import { resumeFrom } from './resume.ts';
import type { Begun } from './wasm/run-task.ts';

/** Several times what DEPTH_LIMIT counts: the counter must end a recursion before the stack does. */
const STACK_MEGABYTES = 256;

// Bundled, the two programs of the worker lie side by side.
const COMPUTE_ENTRY = join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? 'compute.ts' : 'worker-compute.js',
);

export interface TaskThreadParts {
  readonly tell: (message: FromWorker) => void;
  /** called once, when it can take a task */
  readonly ready: () => void;
  /** this device's fault */
  readonly fault: (message: string) => void;
}

/** The compute thread as seen from the control thread: there from the start, so that a task need not wait for it. */
export class TaskThread {
  readonly #parts: TaskThreadParts;
  readonly #control = new ControlBlock();
  readonly #output = new OutputGate();
  readonly #checkpoints: CheckpointSender;
  #notResumed: string | undefined;
  readonly #thread: Worker;
  #fuelLimit = 0n;
  #cpuMsBefore = 0;
  #parked = false;
  #hasBegun = false;
  #ended = false;

  constructor(parts: TaskThreadParts) {
    this.#parts = parts;
    this.#checkpoints = new CheckpointSender({ ...parts, cpuMs: () => this.#cpuMs });
    const data: ComputeData = {
      control: this.#control.shared,
      moduleBytes: LIMITS_MAX.moduleBytes,
      output: this.#output.shared,
      checkpoints: this.#checkpoints.words.shared,
    };
    this.#thread = new Worker(COMPUTE_ENTRY, {
      workerData: data,
      env: {},
      execArgv: computeThreadFlags(process.execArgv),
      resourceLimits: { stackSizeMb: STACK_MEGABYTES },
    });
    this.#thread.on('message', (message: FromCompute) => this.#receive(message));
    this.#thread.on('error', (error: Error) =>
      this.#end(() => this.#parts.fault(`The task's thread failed: ${error.message}`)),
    );
    this.#thread.on('exit', () =>
      this.#end(() => this.#parts.fault("The task's thread ended without a result.")),
    );
  }

  /** To be called once. */
  run(message: Extract<ToWorker, { type: 'run' }>): void {
    this.#fuelLimit = BigInt(message.task.limits.fuel);
    this.#cpuMsBefore = processCpuMs();
    this.control(message.control);
    this.#begin(message).catch((error: unknown) => this.#parts.fault(String(error)));
  }

  control(control: SlotControl): void {
    this.#control.command(control);
    this.#checkpoints.park(control.parked);
  }

  /** The agent has taken the last piece of a stream. */
  taken(stream: StreamName): void {
    if (stream === 'output') this.#output.leave();
    else this.#checkpoints.taken();
  }

  checkpoint(): void {
    this.#checkpoints.want();
  }

  checkpointed(kept: boolean): void {
    this.#checkpoints.checkpointed(kept);
  }

  /** Says how far it is. */
  tellProgress(): void {
    if (this.#ended) return;
    // The shared counter may be ahead of the message that the module has begun, which is to come first.
    const consumed = this.#hasBegun ? this.#control.fuel : 0n;
    const { progressPermille, memoryBytes, breaths } = this.#control;
    this.#parts.tell({
      type: 'progress',
      progressPermille,
      fuel: (consumed < this.#fuelLimit ? consumed : this.#fuelLimit).toString(),
      cpuMs: this.#cpuMs,
      memoryBytes,
      processBytes: process.memoryUsage.rss(),
      breaths,
      parked: this.#parked,
    });
  }

  stop(): void {
    this.#ended = true;
    this.#control.stop();
  }

  async #begin({ task, checkpoints, provedBy }: Extract<ToWorker, { type: 'run' }>): Promise<void> {
    const { resume, notResumed } = await resumeFrom(task, checkpoints?.resume ?? []);
    this.#notResumed = notResumed;
    this.#checkpoints.start(task);
    const message: ToCompute = { task, checkpointEveryMs: checkpoints?.everyMs, provedBy, resume };
    this.#thread.postMessage(message);
  }

  /** The process has nothing else to do. */
  get #cpuMs(): number {
    return processCpuMs() - this.#cpuMsBefore;
  }

  #receive(message: FromCompute): void {
    switch (message.type) {
      case 'ready':
        return this.#parts.ready();
      case 'parked':
        this.#parked = message.parked;
        return this.tellProgress();
      case 'begun':
        return this.#begun(message.begun);
      case 'output':
        return this.#parts.tell({ type: 'piece', stream: 'output', bytes: message.piece });
      case 'snapshot':
        return this.#checkpoints.take(message.snapshot);
      case 'proved':
      case 'checkpoints_refused':
        return this.#parts.tell(message);
      case 'finished':
        return this.#end(() => this.#parts.tell({ ...message.task, type: 'finished', cpuMs: this.#cpuMs }));
      case 'fault':
        return this.#end(() => this.#parts.fault(message.message));
    }
  }

  #begun(begun: Begun): void {
    this.#hasBegun = true;
    const notResumed = begun.notResumed ?? this.#notResumed;
    this.#parts.tell({ type: 'begun', ...begun, ...(notResumed !== undefined && { notResumed }) });
  }

  /** Whatever comes first is the end. */
  #end(say: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    say();
  }
}

/** CPU time of the whole process, ms. */
function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}
