// SPDX-License-Identifier: MIT

/** Bytes of code after which the meter may be paused or slowed down, as what it works for would be. */
const BYTES_BETWEEN = 1 << 16;

/** Calls somebody from time to time while a large module is worked on. */
export class Breath {
  readonly #breathe: () => void;
  #bytes = 0;

  /** @param breathe may sleep, or throw to end the work */
  constructor(breathe: () => void) {
    this.#breathe = breathe;
  }

  /** A function was dealt with. */
  after({ declared, end }: { readonly declared: number; readonly end: number }): void {
    this.#bytes += end - declared;
    if (this.#bytes < BYTES_BETWEEN) return;
    this.#bytes = 0;
    this.#breathe();
  }
}
