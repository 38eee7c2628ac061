// SPDX-License-Identifier: MIT
import type { Outcome } from '../../protocol/job.ts';
import type { FinishedMessage, FromWorker, WorkerTask } from '../../protocol/worker-messages.ts';
import { InvalidModule } from './byte-reader.ts';
import { checkModule } from './checker/check-module.ts';
import { CHECKER_VERSION } from './checker/limits.ts';
import { NotProved } from './checker/not-proved.ts';
import type { BetweenSteps } from './checkpoint/checkpoint-taker.ts';
import { type Machine, machineFacts, restoreMachine } from './checkpoint/machine.ts';
import type { MachineState } from './checkpoint/machine-state.ts';
import type { Resume } from './checkpoint/snapshot-chain.ts';
import { bad, BadSnapshot } from './checkpoint/snapshot-format.ts';
import { METER_VERSION } from './cost-table.ts';
import { type Breather, FuelGauge } from './fuel-gauge.ts';
import { HostShortage, MeteredInstance } from './instance.ts';
import { type MeteredModule, meterModule, TooMuchMemory } from './meter/meter.ts';
import { METER_EXPORT } from './meter/meter-names.ts';
import { checkInterface } from './module-interface.ts';
import { OutputPieces, OutputTail } from './output-buffer.ts';
import { beginStepped, BrokenInterface, FINISHED, stepOnce, steppedOutput } from './stepped.ts';
import { ModuleExit, WasiHost } from './wasi.ts';
import { ConflictingFiles } from './wasi-files.ts';
import { WASI_MODULE } from './wasi-signatures.ts';

type FailureCode = Extract<Outcome, { kind: 'failed' }>['code'];
type Ended = Pick<FinishedMessage, 'outcome' | 'outputBytes' | 'diagnostics' | 'peakMemoryBytes'> & {
  readonly fuel: bigint;
};

/** How a task began, told before its first step. */
export type Begun = Omit<Extract<FromWorker, { type: 'begun' }>, 'type'>;

export interface RunOptions {
  /** the largest module that is taken, bytes */
  readonly moduleBytes: number;
  /** called each time that a quantum of fuel is used up; returns false to end the task */
  readonly breathe: Breather;
  readonly onProgress: (permille: number) => void;
  /** called before each breath with the memory that the module has, which never shrinks */
  readonly onMemory?: (bytes: number) => void;
  /** gets the output in pieces as it is produced, each for good; worthless unless the task completes */
  readonly onOutput: (piece: Uint8Array<ArrayBuffer>) => void;
  readonly onBegun?: (begun: Begun) => void;
  /** by which programs the module was proved to be interruptible before; those of another version do not count */
  readonly provedBy?: string | undefined;
  /** called before anything of the module runs, when it was proved now */
  readonly onProved?: (by: string) => void;
  /** sees a stepped task between its steps, if it can be checkpointed */
  readonly checkpoints?: { readonly afterStep: (between: BetweenSteps) => void };
  /** a checkpoint to go on from */
  readonly resume?: Resume;
  readonly quantum?: bigint;
}

/** The task was ended from outside: there is no outcome. */
export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';
}

/** The rewritten module could not be proved to be interruptible: a mistake of this version of Lull, and no outcome. */
export class UnprovedModule extends Error {
  override readonly name = 'UnprovedModule';
}

/** The same meter and the same checker come to the same verdict. */
const PROVED_BY = `meter ${METER_VERSION}, checker ${CHECKER_VERSION}`;
const LONGEST_MESSAGE = 1000;
const PAGE_BYTES = 65_536;

const failed = (code: FailureCode, message: string): Outcome => ({
  kind: 'failed',
  code,
  message: message.slice(0, LONGEST_MESSAGE),
});

/**
 * Runs one task on this thread.
 * @returns the module's own outcome, the same on every computer
 * @throws {HostShortage} when this computer cannot give what the task may have
 * @throws {UnprovedModule}
 * @throws {TaskStopped} after `breathe` returned false
 */
export function runTask(task: WorkerTask, options: RunOptions): Ended {
  let metered: MeteredModule;
  try {
    metered = prepare(task, options);
  } catch (error) {
    const refusal = (code: FailureCode, { message }: Error): Ended => ({
      outcome: failed(code, message),
      outputBytes: 0,
      diagnostics: '',
      fuel: 0n,
      peakMemoryBytes: 0,
    });
    if (error instanceof InvalidModule) return refusal('invalid_module', error);
    if (error instanceof TooMuchMemory) return refusal('out_of_memory', error);
    throw error;
  }
  const { resume } = options;
  if (resume === undefined) return new TaskRun(task, metered, options).run();
  try {
    return new TaskRun(task, metered, options, resume).run();
  } catch (error) {
    if (!(error instanceof BadSnapshot)) throw error;
    return new TaskRun(task, metered, options, undefined, error.message).run();
  }
}

function prepare(task: WorkerTask, options: RunOptions): MeteredModule {
  if (task.kind === 'stepped' && task.args.length > 0)
    throw new InvalidModule('A stepped module gets no arguments: submit the job without "args".');
  const breathe = (): void => {
    if (!options.breathe(0n)) throw new TaskStopped('The task was stopped.');
  };
  const metered = meterModule(new Uint8Array(task.module), {
    moduleBytes: options.moduleBytes,
    memoryBytes: task.limits.memoryBytes,
    breathe,
  });
  checkInterface(metered.shape, task.kind);
  if (options.provedBy !== PROVED_BY) {
    prove(metered.bytes, breathe);
    options.onProved?.(PROVED_BY);
  }
  return metered;
}

function prove(bytes: Uint8Array, breathe: () => void): void {
  try {
    checkModule(bytes, { breathe });
  } catch (error) {
    if (!(error instanceof NotProved)) throw error;
    throw new UnprovedModule(
      `This version of Lull could not prove that the module can be interrupted at any time: module refused (${error.message}).`,
      { cause: error },
    );
  }
}

class TaskRun {
  readonly #task: WorkerTask;
  readonly #metered: MeteredModule;
  readonly #options: RunOptions;
  readonly #resume: Resume | undefined;
  readonly #notResumed: string | undefined;
  readonly #output: OutputPieces;
  readonly #errors = new OutputTail();
  readonly #gauge: FuelGauge;
  #instance: MeteredInstance | undefined;

  /** @param notResumed why it does not go on from the checkpoint that there was */
  constructor(
    task: WorkerTask,
    metered: MeteredModule,
    options: RunOptions,
    resume?: Resume,
    notResumed?: string,
  ) {
    this.#task = task;
    this.#metered = metered;
    this.#options = options;
    this.#resume = resume;
    this.#notResumed = notResumed;
    this.#output = new OutputPieces(task.limits.outputBytes, options.onOutput);
    this.#gauge = new FuelGauge({
      limit: BigInt(task.limits.fuel),
      breathe: (consumed) => {
        options.onMemory?.(this.#memoryBytes);
        return options.breathe(consumed);
      },
      mayGrowBy: (pages) => this.#memoryBytes + pages * PAGE_BYTES <= metered.mostPages * PAGE_BYTES,
      ...(resume === undefined ? {} : { granted: BigInt(resume.state.fuel.granted) }),
      ...(options.quantum === undefined ? {} : { quantum: options.quantum }),
    });
  }

  /** @throws {BadSnapshot} before anything of the module has run */
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
    if (outcome.kind === 'completed') this.#output.flush();
    return {
      outcome,
      outputBytes: outcome.kind === 'completed' ? this.#output.total : 0,
      diagnostics: this.#errors.text,
      fuel: consumed > limit ? limit : consumed,
      peakMemoryBytes: this.#memoryBytes,
    };
  }

  get #memoryBytes(): number {
    return this.#instance?.memoryBytes ?? 0;
  }

  #instantiate(host: WasiHost): MeteredInstance {
    const instance = MeteredInstance.create(this.#metered, this.#gauge, { [WASI_MODULE]: host.imports });
    this.#instance = instance;
    host.attach(instance);
    return instance;
  }

  /** @param refused why no checkpoints can be made */
  #begun(refused?: string): void {
    const { onBegun } = this.#options;
    onBegun?.({
      resumed: this.#resume !== undefined,
      ...(this.#notResumed === undefined ? {} : { notResumed: this.#notResumed }),
      ...(refused === undefined ? {} : { refused }),
    });
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
    const instance = this.#instantiate(host);
    this.#begun('A wasi command keeps its work on its stack, so no checkpoints are made of it.');
    if (this.#metered.hasStart) instance.call(METER_EXPORT.start);
    instance.call('_start');
  }

  #runStepped(): void {
    const { input, files, index, count, seed } = this.#task;
    const host = new WasiHost({
      args: ['task'],
      stdin: new Uint8Array(),
      files,
      seed: BigInt(seed),
      index,
      // Its output is what it names in the end; what it prints is for people.
      stdout: this.#errors.write,
      stderr: this.#errors.write,
    });
    const instance = this.#instantiate(host);
    const { checkpoint, hasStart, mostPages } = this.#metered;
    const machine =
      'globals' in checkpoint
        ? {
            instance,
            gauge: this.#gauge,
            globals: checkpoint.globals,
            wasi: host,
            mostBytes: mostPages * PAGE_BYTES,
          }
        : undefined;
    const resume = this.#restore(machine);
    this.#begun('refused' in checkpoint ? checkpoint.refused : undefined);
    if (resume === undefined) {
      if (hasStart) instance.call(METER_EXPORT.start);
      beginStepped(instance, { input, index, count, seed: BigInt(seed) });
    }
    let steps = resume?.steps ?? 0;
    let progressPermille = resume?.progressPermille ?? 0;
    for (;;) {
      if (machine !== undefined) this.#betweenSteps(machine, { steps, progressPermille });
      progressPermille = stepOnce(instance);
      steps += 1;
      this.#options.onProgress(progressPermille);
      if (progressPermille === FINISHED) break;
    }
    steppedOutput(instance, this.#output.write);
  }

  /** @returns what it goes on from */
  #restore(machine: Machine | undefined): MachineState | undefined {
    if (this.#resume === undefined) return undefined;
    if (machine === undefined) return bad('no checkpoints are made of this module');
    restoreMachine(machine, this.#resume);
    const { state } = this.#resume;
    this.#errors.write(Buffer.from(state.diagnostics, 'base64'));
    this.#options.onProgress(state.progressPermille);
    return state;
  }

  #betweenSteps(machine: Machine, done: Pick<MachineState, 'steps' | 'progressPermille'>): void {
    const { instance, mostBytes } = machine;
    this.#options.checkpoints?.afterStep({
      memory: instance.memory,
      mostBytes,
      state: () => ({
        ...done,
        ...machineFacts(machine),
        diagnostics: Buffer.from(this.#errors.bytes).toString('base64'),
      }),
      breathe: () => {
        if (!this.#options.breathe(instance.consumed)) throw new TaskStopped('The task was stopped.');
      },
    });
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
      if (error.exitCode === 0 && this.#task.kind === 'wasi') return { kind: 'completed' };
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
