// SPDX-License-Identifier: MIT
import type { ControlBlock } from './control-block.ts';
import { METER_EXPORT, type MeteredModule } from './meter.ts';
import { Throttle, type ThreadTime } from './throttle.ts';

/** Fuel between two slow calls (METERING section 2.6). Nothing that a task can see depends on it. */
export const QUANTUM = 2n ** 18n;

/** How often fuel and CPU time are told, ms: reading CPU time costs a microsecond. */
const REPORT_MS = 50;

/** The call stack of a task, in slots of 8 bytes as meter-function.ts counts them. */
const STACK_SLOTS = 1_000_000;

/** Ends a task by the module's own doing. Thrown through the module's frames. */
export class TaskEnd extends Error {
  override readonly name = 'TaskEnd';
  readonly code: 'out_of_fuel' | 'out_of_stack' | 'output_too_large';

  constructor(code: TaskEnd['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Thrown in the slow path once the slot was told to stop. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

// (import "h" "f" (func (param i64) (result i64))) (export "f" (func 0)): makes a JavaScript function fit a table.
const TRAMPOLINE = new WebAssembly.Module(
  Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 6, 1, 0x60, 1, 0x7e, 1, 0x7e],
    ...[2, 7, 1, 1, 0x68, 1, 0x66, 0, 0],
    ...[7, 5, 1, 1, 0x66, 0, 0],
  ),
);

export interface InstanceOptions {
  readonly metered: MeteredModule;
  readonly imports: WebAssembly.Imports;
  /** units of fuel that the task may burn */
  readonly fuelLimit: bigint;
  readonly control: ControlBlock;
  readonly time: ThreadTime;
  readonly quantum?: bigint;
}

/** A metered module in a slot: fuel, pause, cap and stop all happen in its slow path. */
export class MeteredInstance {
  readonly exports: WebAssembly.Exports;
  readonly #fuel: WebAssembly.Global;
  readonly #stack: WebAssembly.Global;
  readonly #control: ControlBlock;
  readonly #throttle: Throttle;
  readonly #time: ThreadTime;
  readonly #limit: bigint;
  readonly #quantum: bigint;
  #granted = 0n;
  #nextReport = 0;

  constructor(options: InstanceOptions) {
    this.#control = options.control;
    this.#time = options.time;
    this.#throttle = new Throttle(options.control, options.time);
    this.#limit = options.fuelLimit;
    this.#quantum = options.quantum ?? QUANTUM;
    const module = new WebAssembly.Module(options.metered.bytes);
    const instance = new WebAssembly.Instance(module, options.imports);
    this.exports = instance.exports;
    this.#fuel = exported(instance, METER_EXPORT.fuel, WebAssembly.Global);
    this.#stack = exported(instance, METER_EXPORT.stack, WebAssembly.Global);
    this.#stack.value = STACK_SLOTS;
    const trampoline = new WebAssembly.Instance(TRAMPOLINE, { h: { f: (left: bigint) => this.#slow(left) } });
    exported(instance, METER_EXPORT.slow, WebAssembly.Table).set(0, trampoline.exports['f']);
    this.#grant(0n);
  }

  /** Runs the module's own start function, metered; the engine does not, because the meter took it out. */
  start(): void {
    this.call(METER_EXPORT.start);
  }

  /** Units of fuel burnt so far, at most the limit: the same on every machine at the same point of the program. */
  get fuel(): bigint {
    const burnt = this.#granted - (this.#fuel.value as bigint);
    return burnt < this.#limit ? burnt : this.#limit;
  }

  /** Whether the last trap was the call stack running out. */
  get stackRanOut(): boolean {
    return (this.#stack.value as number) < 0;
  }

  /** Calls an export; looks at the control block first, so that many short calls are as good as one long one. */
  call(name: string, ...args: readonly (number | bigint)[]): unknown {
    this.#yield();
    const callee = this.exports[name];
    if (typeof callee !== 'function') throw new TypeError(`the module exports no function "${name}"`);
    return (callee as (...values: readonly (number | bigint)[]) => unknown)(...args);
  }

  /** Charges what the host did for the module. @throws {TaskEnd} when the fuel is gone. */
  charge(fuel: number): void {
    const left = (this.#fuel.value as bigint) - BigInt(fuel);
    this.#fuel.value = left;
    if (left < 0n) this.#fuel.value = this.#slow(left);
  }

  #slow(left: bigint): bigint {
    if (left >= 0n) throw new TaskEnd('out_of_stack', 'the module called too deeply');
    this.#yield();
    return this.#grant(left);
  }

  /** Parks, throttles, reports, and throws once the slot is stopped. */
  #yield(): void {
    for (;;) {
      if (this.#control.stopped) throw new Stopped('the slot was stopped');
      if (this.#control.parked) {
        this.#control.report(this.fuel, this.#time.cpuMicroseconds());
        this.#control.waitWhileParked();
        this.#throttle.restart();
        continue;
      }
      this.#throttle.check();
      if (!this.#control.parked && !this.#control.stopped) break;
    }
    const now = this.#time.now();
    if (now < this.#nextReport) return;
    this.#nextReport = now + REPORT_MS;
    this.#control.report(this.fuel, this.#time.cpuMicroseconds());
  }

  /** The last grant reaches the limit exactly, so that where a task runs dry does not depend on the quantum. */
  #grant(left: bigint): bigint {
    const rest = this.#limit - this.#granted;
    if (rest <= 0n && left < 0n)
      throw new TaskEnd('out_of_fuel', 'the module burnt all the fuel that a task may burn');
    let grant = rest;
    if (rest > this.#quantum) grant = left < -this.#quantum ? -left + this.#quantum : this.#quantum;
    if (grant > rest) grant = rest;
    this.#granted += grant;
    this.#fuel.value = left + grant;
    return left + grant < 0n ? this.#grant(left + grant) : left + grant;
  }
}

function exported<T extends object>(
  instance: WebAssembly.Instance,
  name: string,
  kind: { new (...args: never[]): T },
): T {
  const value = instance.exports[name];
  if (!(value instanceof kind)) throw new TypeError(`the metered module does not export "${name}"`);
  return value;
}
