// SPDX-License-Identifier: MIT
import { crc32 } from 'node:zlib';

import { FuelGauge } from '../../worker/wasm/fuel-gauge.ts';
import type { MeteredModule } from '../../worker/wasm/meter/meter.ts';
import { METER_EXPORT } from '../../worker/wasm/meter/meter-names.ts';
import { wrapSlowFunction } from '../../worker/wasm/trampoline.ts';
import type { RandomProgram } from './wasm-random.ts';

/** How a module of wasm-random-module.ts ended, and all that can be seen of it then. */
export interface Outcome {
  /** "returned N", "trapped: MESSAGE", "threw", or the gauge's reason */
  readonly ended: string;
  /** its bytes and a checksum of them */
  readonly memory: string;
  readonly global: unknown;
  readonly tableLength: number;
}

interface MeteredOutcome extends Outcome {
  readonly fuel: bigint;
}

interface MeteredRun {
  readonly input: number;
  readonly limit: bigint;
  readonly quantum?: bigint;
  /** called whenever the module asks for fuel */
  readonly onPause?: (consumed: bigint) => void;
}

interface Exports {
  readonly run: (input: number) => number;
  readonly memory: WebAssembly.Memory;
  readonly global: WebAssembly.Global;
  readonly table: WebAssembly.Table;
}

function observe(exports: Exports, ended: string): Outcome {
  const { memory, global, table } = exports;
  const bytes = new Uint8Array(memory.buffer);
  const contents = `${bytes.length} bytes, ${crc32(bytes)}`;
  return { ended, memory: contents, global: global.value, tableLength: table.length };
}

function call(run: () => unknown): string {
  try {
    return `returned ${String(run())}`;
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return `trapped: ${error.message}`;
    if (error instanceof RangeError) throw error;
    return 'threw';
  }
}

/** Runs the module as it is. */
export function runPlain(module: WebAssembly.Module, input: number): Outcome {
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports;
  return observe(
    exports,
    call(() => exports.run(input)),
  );
}

/** Runs it metered; one that burnt more than its limit ran out of fuel however it ended. */
export function runMetered(
  module: WebAssembly.Module,
  { input, limit, quantum, onPause }: MeteredRun,
): MeteredOutcome {
  const gauge = new FuelGauge({
    limit,
    ...(quantum === undefined ? {} : { quantum }),
    breathe: (consumed) => {
      onPause?.(consumed);
      return true;
    },
    mayGrowBy: () => false,
  });
  const { exports: all } = new WebAssembly.Instance(module);
  (all[METER_EXPORT.slow] as WebAssembly.Table).set(0, wrapSlowFunction(gauge.slow));
  const exports = all as unknown as Exports;
  const how = call(() => exports.run(input));
  const fuel = gauge.consumed((all[METER_EXPORT.fuel] as unknown as { value: bigint }).value);
  const ended = gauge.endedBy ?? (fuel > limit ? 'out_of_fuel' : how);
  return { ...observe(exports, ended), fuel };
}

export const compile = ({ bytes }: Pick<MeteredModule, 'bytes'>): WebAssembly.Module =>
  new WebAssembly.Module(bytes);

const mentions = (part: unknown, text: string): boolean => JSON.stringify(part).includes(text);
const mayThrow = (program: RandomProgram): boolean =>
  program.exceptions !== 'none' &&
  (mentions(program, '"kind":"throw"') ||
    mentions(program, '"callee":"thrower"') ||
    mentions(program, '"kind":"callIndirect"'));

/**
 * Whether the meter prices it as exactly as the oracle. A small leaf with branches costs what all of its
 * instructions cost, whichever of them run; and what was paid for ahead is not given back when an exception passes.
 */
export const isPricedExactly = (program: RandomProgram): boolean =>
  !mayThrow(program) &&
  (program.listsLeaves ||
    !(['leaf', 'branchyLeaf', 'helper'] as const).some((callee) =>
      mentions(program, `"callee":"${callee}"`),
    ));

/** Whether it copies or fills more than any memory has, which traps before it is paid for. */
export const overreaches = (program: RandomProgram): boolean => mentions(program, '"length":-1');
