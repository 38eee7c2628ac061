// SPDX-License-Identifier: MIT
import { slowReason } from './slow-codes.ts';

/** Units that are handed out at a time: about every 10 to 50 µs of computing (METERING.md section 2.6). */
export const QUANTUM = 2n ** 18n;

/** Why a module was ended from outside itself. */
export type EndedBy = 'out_of_fuel' | 'out_of_stack' | 'stopped' | 'host_memory';

/** What happens each time that a quantum is used up. @returns false to end the module */
export type Breather = (consumed: bigint) => boolean;

export interface FuelGaugeParts {
  /** units that the task may use at most */
  readonly limit: bigint;
  readonly quantum?: bigint;
  /** units handed out so far, of a task that goes on from a checkpoint */
  readonly granted?: bigint;
  readonly breathe: Breather;
  /** whether memory could be that much larger, in pages, as far as the module's limit goes */
  readonly mayGrowBy: (pages: number) => boolean;
}

const END = -1n;

/**
 * Hands out a task's fuel in quanta. The module's counter holds what is left of what was handed out, so that what
 * was consumed is exact at any moment and the same for every quantum.
 */
export class FuelGauge {
  readonly limit: bigint;
  readonly #parts: FuelGaugeParts;
  readonly #quantum: bigint;
  #granted: bigint;
  #endedBy: EndedBy | undefined;

  constructor(parts: FuelGaugeParts) {
    this.#parts = parts;
    this.limit = parts.limit;
    this.#quantum = parts.quantum ?? QUANTUM;
    this.#granted = parts.granted ?? 0n;
  }

  /** Units handed out so far. */
  get granted(): bigint {
    return this.#granted;
  }

  /** The first reason for which the module was ended. */
  get endedBy(): EndedBy | undefined {
    return this.#endedBy;
  }

  /** @param left the module's counter now. @returns units consumed; may be more than the limit */
  consumed(left: bigint): bigint {
    return this.#granted - left;
  }

  /** The slow function of a metered module. */
  readonly slow = (argument: bigint): bigint => {
    const reason = slowReason(argument);
    switch (reason.kind) {
      case 'too_deep':
        return this.#end('out_of_stack');
      case 'grow_failed':
        return this.#parts.mayGrowBy(reason.pages) ? this.#end('host_memory') : 0n;
      case 'fuel':
        return this.#refill(argument);
    }
  };

  #refill(left: bigint): bigint {
    if (this.#endedBy !== undefined) return END;
    if (!this.#parts.breathe(this.consumed(left))) return this.#end('stopped');
    const rest = this.limit - this.#granted;
    if (left + rest < 0n) return this.#end('out_of_fuel');
    const enough = this.#quantum > -left ? this.#quantum : -left;
    const grant = enough < rest ? enough : rest;
    this.#granted += grant;
    return left + grant;
  }

  #end(why: EndedBy): bigint {
    this.#endedBy ??= why;
    return END;
  }
}
