// SPDX-License-Identifier: MIT
import type { FuelGauge } from './fuel-gauge.ts';
import type { MeteredModule } from './meter/meter.ts';
import { METER_EXPORT } from './meter/meter-names.ts';
import { wrapSlowFunction } from './trampoline.ts';

/** Thrown through a module to end it from a host function; the gauge or the thrower knows why. */
export class ModuleEnded extends Error {
  override readonly name = 'ModuleEnded';
}

/** This computer cannot give what the module may have: no outcome of the task. */
export class HostShortage extends Error {
  override readonly name = 'HostShortage';
}

type GuestFunction = (...values: (number | bigint)[]) => unknown;

/** A metered module that runs: its exports, its memory and its fuel. */
export class MeteredInstance {
  readonly #gauge: FuelGauge;
  readonly #fuel: { value: bigint };
  readonly #depth: { value: number };
  readonly #exports: WebAssembly.Exports;
  readonly #memory: WebAssembly.Memory | undefined;

  private constructor(gauge: FuelGauge, exports: WebAssembly.Exports) {
    this.#gauge = gauge;
    this.#exports = exports;
    this.#fuel = exports[METER_EXPORT.fuel] as unknown as { value: bigint };
    this.#depth = exports[METER_EXPORT.depth] as unknown as { value: number };
    const { memory } = exports;
    this.#memory = memory instanceof WebAssembly.Memory ? memory : undefined;
  }

  /**
   * Compiles and instantiates; the start function does not run yet.
   * @throws {HostShortage} when there is no memory to be had
   * @throws {WebAssembly.RuntimeError} when a data or element segment does not fit
   */
  static create(
    metered: MeteredModule,
    gauge: FuelGauge,
    imports: WebAssembly.Imports = {},
  ): MeteredInstance {
    const exports = instantiate(new WebAssembly.Module(metered.bytes), imports).exports;
    const instance = new MeteredInstance(gauge, exports);
    (exports[METER_EXPORT.slow] as WebAssembly.Table).set(0, wrapSlowFunction(gauge.slow));
    return instance;
  }

  /** Runs an exported function from an empty stack. */
  call(name: string, ...values: (number | bigint)[]): unknown {
    this.#depth.value = 0;
    return (this.#exports[name] as GuestFunction)(...values);
  }

  /** Whether it exports a function of this name. */
  has(name: string): boolean {
    return typeof this.#exports[name] === 'function';
  }

  /** One of its exported globals. */
  global(name: string): WebAssembly.ExportValue | undefined {
    return this.#exports[name];
  }

  /** Makes its memory so large as it was elsewhere. @throws {HostShortage} */
  growTo(bytes: number): void {
    const more = bytes - this.memoryBytes;
    if (more <= 0) return;
    try {
      this.#memory?.grow(more / 65_536);
    } catch (error) {
      throw new HostShortage('There is not enough memory on this computer to go on with the task.', {
        cause: error,
      });
    }
  }

  /** The module's counter: what is left of the fuel that was handed out. */
  get fuelLeft(): bigint {
    return this.#fuel.value;
  }

  set fuelLeft(units: bigint) {
    this.#fuel.value = units;
  }

  /** Its memory as it is now; every call may move it. */
  get memory(): ArrayBuffer {
    return this.#memory?.buffer ?? new ArrayBuffer(0);
  }

  get memoryBytes(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** Units consumed so far. */
  get consumed(): bigint {
    return this.#gauge.consumed(this.#fuel.value);
  }

  /**
   * Takes units for what the host does for the module; parks and rests as the module itself would.
   * @throws {ModuleEnded} when there are none left, or the task was stopped
   */
  charge(units: number): void {
    const left = this.#fuel.value - BigInt(units);
    this.#fuel.value = left;
    if (left >= 0n) return;
    const refilled = this.#gauge.slow(left);
    if (refilled < 0n) throw new ModuleEnded('the host ended the module');
    this.#fuel.value = refilled;
  }
}

function instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch (error) {
    if (error instanceof RangeError)
      throw new HostShortage('There is not enough memory on this computer to begin the task.', {
        cause: error,
      });
    throw error;
  }
}
