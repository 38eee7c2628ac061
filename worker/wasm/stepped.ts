// SPDX-License-Identifier: MIT
import type { WorkerTask } from '../../protocol/worker-messages.ts';
import { ModuleError } from './bytes.ts';
import type { ControlBlock } from './control-block.ts';
import { type MeteredInstance, TaskEnd } from './instance.ts';

/** The exports of a `stepped` module, ABI 1 (worker/README.md). */
const FINISHED = 1000;

/**
 * Runs a stepped module to its end.
 * @returns its output
 * @throws {ModuleError} when it does not follow the ABI
 */
export function runStepped(instance: MeteredInstance, task: WorkerTask, control: ControlBlock): Uint8Array {
  const memory = instance.exports['memory'];
  if (!(memory instanceof WebAssembly.Memory)) throw new ModuleError('the module exports no memory');
  const at = numberOf(instance.call('lull_alloc', task.input.length)) >>> 0;
  if (at + task.input.length > memory.buffer.byteLength) {
    throw new ModuleError('lull_alloc returned a place outside the memory of the module');
  }
  new Uint8Array(memory.buffer).set(task.input, at);
  instance.call(
    'lull_begin',
    at,
    task.input.length,
    task.index,
    task.count,
    BigInt.asIntN(64, BigInt(task.seed)),
  );
  for (;;) {
    const progress = numberOf(instance.call('lull_step'));
    if (progress < 0 || progress > FINISHED) {
      throw new ModuleError(`lull_step returned ${progress}, which is not between 0 and 1000`);
    }
    control.progressPermille = progress;
    // A step that costs nothing must not become an endless loop outside the meter.
    instance.charge(STEP_FUEL);
    if (progress === FINISHED) break;
  }
  const from = numberOf(instance.call('lull_output_ptr')) >>> 0;
  const length = numberOf(instance.call('lull_output_len')) >>> 0;
  if (length > task.limits.outputBytes) {
    throw new TaskEnd(
      'output_too_large',
      `the module has more than ${task.limits.outputBytes} bytes of output`,
    );
  }
  if (from + length > memory.buffer.byteLength) {
    throw new ModuleError('the output of the module is outside its memory');
  }
  return new Uint8Array(memory.buffer, from, length).slice();
}

const STEP_FUEL = 100;

function numberOf(value: unknown): number {
  if (typeof value !== 'number')
    throw new ModuleError('the module does not follow the ABI of stepped modules');
  return value;
}
