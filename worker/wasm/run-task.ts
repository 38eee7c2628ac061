// SPDX-License-Identifier: MIT
import type { Outcome } from '../../protocol/job.ts';
import type { FinishedTask, WorkerTask } from '../../protocol/worker-messages.ts';
import { InvalidModule } from './byte-reader.ts';
import { type Breather, FuelGauge } from './fuel-gauge.ts';
import { HostShortage, MeteredInstance } from './instance.ts';
import { METER_EXPORT, type MeteredModule, meterModule, TooMuchMemory } from './meter.ts';
import { checkInterface } from './module-interface.ts';
import { OutputBuffer, OutputTail } from './output-buffer.ts';
import { beginStepped, BrokenInterface, FINISHED, stepOnce, steppedOutput } from './stepped.ts';
import { ModuleExit, WasiHost } from './wasi.ts';
import { ConflictingFiles } from './wasi-files.ts';

type FailureCode = Extract<Outcome, { kind: 'failed' }>['code'];
type Ended = Pick<FinishedTask, 'outcome' | 'output' | 'diagnostics' | 'peakMemoryBytes'> & {
  readonly fuel: bigint;
};

export interface RunOptions {
  /** the largest module that is taken, bytes */
  readonly moduleBytes: number;
  /** called each time that a quantum of fuel is used up; returns false to end the task */
  readonly breathe: Breather;
  readonly onProgress: (permille: number) => void;
  readonly quantum?: bigint;
}

/** The task was ended from outside: there is no outcome. */
export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';
}

const LONGEST_MESSAGE = 1000;
const NOTHING = new Uint8Array();

const failed = (code: FailureCode, message: string): Outcome => ({
  kind: 'failed',
  code,
  message: message.slice(0, LONGEST_MESSAGE),
});

/**
 * Runs one task on this thread.
 * @returns the module's own outcome, the same on every computer
 * @throws {HostShortage} when this computer cannot give what the task may have
 * @throws {TaskStopped} after `breathe` returned false
 */
export function runTask(task: WorkerTask, options: RunOptions): Ended {
  let metered: MeteredModule;
  try {
    metered = prepare(task, options.moduleBytes);
  } catch (error) {
    const refusal = (code: FailureCode, { message }: Error): Ended => ({
      outcome: failed(code, message),
      output: NOTHING,
      diagnostics: '',
      fuel: 0n,
      peakMemoryBytes: 0,
    });
    if (error instanceof InvalidModule) return refusal('invalid_module', error);
    if (error instanceof TooMuchMemory) return refusal('out_of_memory', error);
    throw error;
  }
  return new TaskRun(task, metered, options).run();
}

function prepare(task: WorkerTask, moduleBytes: number): MeteredModule {
  if (task.kind === 'stepped' && task.args.length > 0)
    throw new InvalidModule('A stepped module gets no arguments: submit the job without "args".');
  const metered = meterModule(new Uint8Array(task.module), {
    moduleBytes,
    memoryBytes: task.limits.memoryBytes,
  });
  checkInterface(metered.shape, task.kind);
  return metered;
}

class TaskRun {
  readonly #task: WorkerTask;
  readonly #metered: MeteredModule;
  readonly #options: RunOptions;
  readonly #output: OutputBuffer;
  readonly #errors = new OutputTail();
  readonly #gauge: FuelGauge;
  #instance: MeteredInstance | undefined;

  constructor(task: WorkerTask, metered: MeteredModule, options: RunOptions) {
    this.#task = task;
    this.#metered = metered;
    this.#options = options;
    this.#output = new OutputBuffer(task.limits.outputBytes);
    this.#gauge = new FuelGauge({
      limit: BigInt(task.limits.fuel),
      breathe: options.breathe,
      mayGrowBy: (pages) => this.#memoryBytes + pages * 65_536 <= metered.mostPages * 65_536,
      ...(options.quantum === undefined ? {} : { quantum: options.quantum }),
    });
  }

  run(): Ended {
    let outcome: Outcome;
    try {
      if (this.#task.kind === 'wasi') this.#runWasi();
      else this.#runStepped();
      outcome = { kind: 'completed' };
    } catch (error) {
      outcome = this.#failure(error);
    }
    const consumed = this.#instance?.consumed ?? 0n;
    const { limit } = this.#gauge;
    // The module may have caught what was to end it, and the last check may lie before the last charge: neither decides.
    if (this.#output.overflowed) outcome = this.#tooLarge();
    if (consumed > limit) outcome = this.#outOfFuel();
    return {
      outcome,
      output: outcome.kind === 'completed' ? this.#output.written : NOTHING,
      diagnostics: this.#errors.text,
      fuel: consumed > limit ? limit : consumed,
      peakMemoryBytes: this.#memoryBytes,
    };
  }

  get #memoryBytes(): number {
    return this.#instance?.memoryBytes ?? 0;
  }

  #start(imports?: WebAssembly.Imports, attach: (instance: MeteredInstance) => void = () => undefined) {
    const instance = MeteredInstance.create(this.#metered, this.#gauge, imports);
    this.#instance = instance;
    attach(instance);
    if (this.#metered.hasStart) instance.call(METER_EXPORT.start);
    return instance;
  }

  #runWasi(): void {
    const { args, input, files, index, count, seed } = this.#task;
    const fillIn = (arg: string): string =>
      arg.replaceAll('{index}', String(index)).replaceAll('{count}', String(count));
    const host = new WasiHost({
      args: ['task', ...args.map(fillIn)],
      stdin: input,
      files,
      seed: BigInt(seed),
      index,
      stdout: this.#output.write,
      stderr: this.#errors.write,
    });
    const instance = this.#start({ wasi_snapshot_preview1: host.imports }, (made) => host.attach(made));
    instance.call('_start');
  }

  #runStepped(): void {
    const { input, index, count, seed } = this.#task;
    const instance = this.#start();
    beginStepped(instance, { input, index, count, seed: BigInt(seed) });
    for (;;) {
      const progress = stepOnce(instance);
      this.#options.onProgress(progress);
      if (progress === FINISHED) break;
    }
    steppedOutput(instance, this.#output.write);
  }

  #outOfFuel(): Outcome {
    return failed('out_of_fuel', `It used more than the ${this.#gauge.limit} units that it may use.`);
  }

  #tooLarge(): Outcome {
    const { outputBytes } = this.#task.limits;
    return failed('output_too_large', `Its output is larger than the ${outputBytes} bytes that it may have.`);
  }

  /** What was thrown, as the outcome that it is. @throws what is no outcome */
  #failure(error: unknown): Outcome {
    switch (this.#gauge.endedBy) {
      case 'stopped':
        throw new TaskStopped('The task was stopped.');
      case 'host_memory':
        throw new HostShortage('There is not enough memory on this computer to go on with the task.');
      case 'out_of_fuel':
        return this.#outOfFuel();
      case 'out_of_stack':
        return failed('out_of_stack', 'Its calls are nested too deep.');
      case undefined:
        break;
    }
    if (this.#output.overflowed) return this.#tooLarge();
    if (error instanceof ModuleExit) {
      if (error.exitCode === 0) return { kind: 'completed' };
      return failed('bad_exit', `It ended with the exit code ${error.exitCode}.`);
    }
    if (error instanceof WebAssembly.RuntimeError) return failed('trap', error.message);
    if (error instanceof BrokenInterface) return failed('trap', error.message);
    if (error instanceof ConflictingFiles) return failed('invalid_module', error.message);
    if (error instanceof WebAssembly.CompileError)
      return failed('invalid_module', `The module is too large to be metered: ${error.message}`);
    if (isStackOverflow(error))
      return failed('out_of_stack', 'Its calls used up the stack of this computer.');
    if (isGuestException(error)) return failed('trap', 'It threw an exception and did not catch it.');
    throw error;
  }
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.startsWith('Maximum call stack');
}

function isGuestException(error: unknown): boolean {
  const { Exception } = WebAssembly as unknown as { Exception?: abstract new () => object };
  return Exception !== undefined && error instanceof Exception;
}
