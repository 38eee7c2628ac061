// SPDX-License-Identifier: MIT
import type { FuelGauge } from '../fuel-gauge.ts';
import type { MeteredInstance } from '../instance.ts';
import type { MutableGlobal } from '../meter/checkpointable.ts';
import type { WasiHost } from '../wasi.ts';
import { UnknownFile } from '../wasi-open-files.ts';
import { globalBits } from './global-bits.ts';
import type { MachineState } from './machine-state.ts';
import type { Resume } from './snapshot-chain.ts';
import { applyPages, bad } from './snapshot-format.ts';

const BLOCK_BYTES = 65_536;

/** A stepped module with everything that it could notice of its surroundings. */
export interface Machine {
  readonly instance: MeteredInstance;
  readonly gauge: FuelGauge;
  readonly globals: readonly MutableGlobal[];
  readonly wasi: WasiHost;
  /** what its memory can ever have */
  readonly mostBytes: number;
}

export type MachineFacts = Pick<MachineState, 'fuel' | 'memoryBytes' | 'globals' | 'wasi'>;

/** All of the machine but its memory's bytes. */
export function machineFacts({ instance, gauge, globals, wasi }: Machine): MachineFacts {
  return {
    fuel: { left: instance.fuelLeft.toString(), granted: gauge.granted.toString() },
    memoryBytes: instance.memoryBytes,
    globals: globals.map(({ name, type }) => ({
      name,
      bits: globalBits(instance.global(name), type).get().toString(),
    })),
    wasi: wasi.state(),
  };
}

/**
 * Makes a new machine the same as one that was saved. Nothing of the module may have run; its gauge was made with
 * what was granted.
 * @throws {BadSnapshot} when it does not fit; the machine is useless then
 * @throws {HostShortage}
 */
export function restoreMachine(machine: Machine, { state, files }: Resume): void {
  const { instance, globals, wasi, mostBytes } = machine;
  const { memoryBytes } = state;
  if (memoryBytes % BLOCK_BYTES !== 0 || memoryBytes < instance.memoryBytes || memoryBytes > mostBytes)
    bad('its memory is not one that the module can have');
  clear(new Uint8Array(instance.memory));
  instance.growTo(memoryBytes);
  const memory = new Uint8Array(instance.memory);
  for (let file = files.shift(); file !== undefined; file = files.shift()) applyPages(file, memory);

  const kept = new Map(state.globals.map(({ name, bits }) => [name, bits]));
  for (const { name, type } of globals)
    globalBits(instance.global(name), type).set(BigInt(kept.get(name) ?? bad(`it lacks the global ${name}`)));
  try {
    wasi.restore(state.wasi);
  } catch (error) {
    if (error instanceof UnknownFile) bad(error.message);
    throw error;
  }
  instance.fuelLeft = BigInt(state.fuel.left);
}

/** Takes back what the data segments have written; untouched pages stay untouched. */
function clear(memory: Uint8Array): void {
  const bytes = Buffer.from(memory.buffer);
  const zeros = Buffer.alloc(BLOCK_BYTES);
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES)
    if (bytes.compare(zeros, 0, BLOCK_BYTES, at, at + BLOCK_BYTES) !== 0)
      memory.fill(0, at, at + BLOCK_BYTES);
}
