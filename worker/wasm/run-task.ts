// SPDX-License-Identifier: MIT
import { WASIProcExit } from '@bjorn3/browser_wasi_shim';

import type { Outcome } from '../../protocol/job.ts';
import { LIMITS_MAX } from '../../protocol/job.ts';
import type { FinishedTask, WorkerTask } from '../../protocol/worker-messages.ts';
import { ByteSink, ByteTail } from './byte-sink.ts';
import { ModuleError } from './bytes.ts';
import type { ControlBlock } from './control-block.ts';
import { MeteredInstance, Stopped, TaskEnd } from './instance.ts';
import { MemoryLimitError, meterModule } from './meter.ts';
import { runStepped } from './stepped.ts';
import type { ThreadTime } from './throttle.ts';
import { TaskWasi } from './wasi.ts';

type FailureCode = Extract<Outcome, { kind: 'failed' }>['code'];

/** What is kept of stderr, bytes. */
const DIAGNOSTICS_BYTES = 16_384;

const failed = (code: FailureCode, message: string): Outcome => ({
  kind: 'failed',
  code,
  message: message.slice(0, 1000),
});

/**
 * Runs one task in this thread to its end. Everything that the module does wrong is an outcome, the same on every
 * device; what this device cannot do is thrown.
 * @throws {Stopped} when the slot was told to stop
 */
export function runTask(task: WorkerTask, control: ControlBlock, time: ThreadTime): FinishedTask {
  const diagnostics = new ByteTail(DIAGNOSTICS_BYTES);
  const run = new TaskRun(task, control, time, diagnostics);
  let outcome: Outcome = { kind: 'completed' };
  let output: Uint8Array = new Uint8Array();
  try {
    output = run.run();
  } catch (error) {
    const end = run.outcomeOf(error);
    if (end === undefined) throw error;
    outcome = end;
  }
  if (outcome.kind === 'completed') control.progressPermille = 1000;
  return {
    type: 'finished',
    outcome,
    output: outcome.kind === 'completed' ? output : new Uint8Array(),
    diagnostics: diagnostics.text().slice(-DIAGNOSTICS_BYTES),
    fuel: String(run.instance?.fuel ?? 0n),
    cpuMs: time.cpuMicroseconds() / 1000,
    peakMemoryBytes: run.memoryBytes,
  };
}

class TaskRun {
  instance: MeteredInstance | undefined;
  readonly #task: WorkerTask;
  readonly #control: ControlBlock;
  readonly #time: ThreadTime;
  readonly #stderr: ByteTail;

  constructor(task: WorkerTask, control: ControlBlock, time: ThreadTime, stderr: ByteTail) {
    this.#task = task;
    this.#control = control;
    this.#time = time;
    this.#stderr = stderr;
  }

  get memoryBytes(): number {
    const memory = this.instance?.exports['memory'];
    return memory instanceof WebAssembly.Memory ? memory.buffer.byteLength : 0;
  }

  run(): Uint8Array {
    const { module, kind, limits } = this.#task;
    if (module.length > LIMITS_MAX.moduleBytes) throw new ModuleError('the module is larger than 64 MiB');
    const metered = meterModule(module, { memoryBytes: limits.memoryBytes });
    const output = new ByteSink(limits.outputBytes);
    const wasi = kind === 'wasi' ? new TaskWasi(this.#task, output, this.#stderr) : undefined;
    this.instance = new MeteredInstance({
      metered,
      imports: wasi === undefined ? {} : { wasi_snapshot_preview1: wasi.imports },
      fuelLimit: BigInt(limits.fuel),
      control: this.#control,
      time: this.#time,
    });
    wasi?.bind(this.instance);
    if (metered.hasStart) this.instance.start();
    if (kind === 'stepped') return runStepped(this.instance, this.#task, this.#control);
    if (!(this.instance.exports['_start'] instanceof Function))
      throw new ModuleError('the module exports no _start');
    try {
      this.instance.call('_start');
    } catch (error) {
      if (!(error instanceof WASIProcExit)) throw error;
      if (error.code !== 0) throw new BadExit(error.code);
    }
    return output.bytes();
  }

  /** How the module ended by its own doing, or undefined when the failure is not its own. */
  outcomeOf(error: unknown): Outcome | undefined {
    if (error instanceof Stopped) return undefined;
    if (this.instance?.stackRanOut === true) return failed('out_of_stack', 'the module called too deeply');
    if (error instanceof TaskEnd) return failed(error.code, error.message);
    if (error instanceof BadExit) return failed('bad_exit', error.message);
    if (error instanceof MemoryLimitError) return failed('out_of_memory', error.message);
    if (
      error instanceof ModuleError ||
      error instanceof WebAssembly.LinkError ||
      error instanceof WebAssembly.CompileError
    ) {
      return failed('invalid_module', error.message);
    }
    if (error instanceof WebAssembly.RuntimeError) return failed('trap', error.message);
    if (error instanceof RangeError && /call stack/i.test(error.message)) {
      return failed('out_of_stack', 'the module called too deeply');
    }
    return undefined;
  }
}

class BadExit extends Error {
  override readonly name = 'BadExit';

  constructor(code: number) {
    super(`the module ended with exit code ${code}`);
  }
}
