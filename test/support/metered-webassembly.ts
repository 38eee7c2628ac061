// SPDX-License-Identifier: MIT
import { FuelGauge } from '../../worker/wasm/fuel-gauge.ts';
import type { MeteredModule } from '../../worker/wasm/meter/meter.ts';
import { METER_EXPORT } from '../../worker/wasm/meter/meter-names.ts';
import { wrapSlowFunction } from '../../worker/wasm/trampoline.ts';

export type Rewrite = (bytes: Uint8Array<ArrayBuffer>) => MeteredModule;

export interface MeteredWebAssembly extends Disposable {
  /** modules that were compiled through it */
  readonly modules: readonly MeteredModule[];
  /** units that all their instances consumed */
  readonly consumed: bigint;
}

type Bytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;
type Constructed = abstract new (...args: never[]) => object;

const bytesOf = (source: Bytes): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source),
  );

const isMeters = (name: string): boolean => name.startsWith('lull:');

/**
 * Puts the meter under a library that knows nothing of it: until it is disposed, whatever is compiled on this thread
 * is rewritten first, gets its slow function when it is instantiated, runs its start function then, and hides what
 * the meter added.
 */
export function meterWebAssembly(rewrite: Rewrite, quantum?: bigint): MeteredWebAssembly {
  return new Hook(rewrite, quantum);
}

class Hook implements MeteredWebAssembly {
  readonly modules: MeteredModule[] = [];
  readonly #rewrite: Rewrite;
  readonly #original = takeNamespace();
  readonly #gauge: FuelGauge;
  readonly #slow: unknown;
  readonly #metered = new WeakMap<WebAssembly.Module, MeteredModule>();
  readonly #fuels: { value: bigint }[] = [];
  readonly #depths: { value: number }[] = [];

  constructor(rewrite: Rewrite, quantum: bigint | undefined) {
    this.#rewrite = rewrite;
    this.#gauge = new FuelGauge({
      limit: 2n ** 61n,
      ...(quantum === undefined ? {} : { quantum }),
      breathe: () => true,
      mayGrowBy: () => false,
    });
    this.#slow = wrapSlowFunction((fuel) => this.#onSlow(fuel));
    this.#install();
  }

  get consumed(): bigint {
    return this.#gauge.consumed(this.#fuels.reduce((sum, { value }) => sum + value, 0n));
  }

  [Symbol.dispose](): void {
    Object.assign(NAMESPACE, this.#original);
  }

  /**
   * A task's calls begin at depth 0, each through MeteredInstance. A library calls in from many places, also in the
   * middle of a call: its depth begins anew here, so that it does not add up over thousands of calls.
   */
  #onSlow(fuel: bigint): bigint {
    for (const depth of this.#depths) depth.value = 0;
    return this.#gauge.slow(fuel);
  }

  #install(): void {
    const { Module, Instance } = this.#original;
    const compile = (source: Bytes): WebAssembly.Module => this.#compile(source);
    const instantiate = (module: WebAssembly.Module, imports?: WebAssembly.Imports): WebAssembly.Instance =>
      this.#complete(module, new Instance(module, imports));
    const both = (source: Bytes, imports?: WebAssembly.Imports) => {
      const module = compile(source);
      return { module, instance: instantiate(module, imports) };
    };
    const bodyOf = async (response: unknown): Promise<ArrayBuffer> =>
      ((await response) as Response).arrayBuffer();
    Object.assign(NAMESPACE, {
      Module: constructedBy(Module, compile),
      Instance: constructedBy(Instance, instantiate),
      compile: async (source: Bytes) => compile(source),
      compileStreaming: async (response: unknown) => compile(await bodyOf(response)),
      instantiate: async (source: Bytes | WebAssembly.Module, imports?: WebAssembly.Imports) =>
        source instanceof Module ? instantiate(source, imports) : both(source, imports),
      instantiateStreaming: async (response: unknown, imports?: WebAssembly.Imports) =>
        both(await bodyOf(response), imports),
    });
  }

  #compile(source: Bytes): WebAssembly.Module {
    const metered = this.#rewrite(bytesOf(source));
    const module = new this.#original.Module(metered.bytes);
    this.modules.push(metered);
    this.#metered.set(module, metered);
    return module;
  }

  #complete(module: WebAssembly.Module, instance: WebAssembly.Instance): WebAssembly.Instance {
    const metered = this.#metered.get(module);
    if (metered === undefined) return instance;
    const { exports } = instance;
    this.#fuels.push(exports[METER_EXPORT.fuel] as unknown as { value: bigint });
    this.#depths.push(exports[METER_EXPORT.depth] as unknown as { value: number });
    (exports[METER_EXPORT.slow] as WebAssembly.Table).set(0, this.#slow);
    if (metered.hasStart) (exports[METER_EXPORT.start] as () => void)();
    const visible = Object.entries(exports).filter(([name]) => !isMeters(name));
    return Object.defineProperty(instance, 'exports', { value: Object.freeze(Object.fromEntries(visible)) });
  }
}

/** The part of `WebAssembly` that is replaced. */
interface Namespace {
  Module: typeof WebAssembly.Module;
  Instance: typeof WebAssembly.Instance;
  compile: unknown;
  compileStreaming: unknown;
  instantiate: unknown;
  instantiateStreaming: unknown;
}

const NAMESPACE = WebAssembly as unknown as Namespace;

function takeNamespace(): Namespace {
  const { Module, Instance, compile, compileStreaming, instantiate, instantiateStreaming } = NAMESPACE;
  return { Module, Instance, compile, compileStreaming, instantiate, instantiateStreaming };
}

/** The class, `instanceof` and all, but that another function makes its objects. */
const constructedBy = <Class extends Constructed>(
  original: Class,
  construct: (...args: never[]) => object,
): Class => new Proxy(original, { construct: (_, args) => construct(...(args as never[])) });
