// SPDX-License-Identifier: MIT

/** As many as any engine takes. */
const MOST_LOCALS = 50_000;

/** Where in the bytes of the function that is looked at its locals were used and set; begins anew without being cleared. */
export class LocalUse {
  readonly #usedIn = new Int32Array(MOST_LOCALS);
  readonly #setIn = new Int32Array(MOST_LOCALS);
  readonly #setAt = new Int32Array(MOST_LOCALS);
  #function = 0;

  begin(): void {
    this.#function += 1;
  }

  use(local: number): void {
    this.#usedIn[local] = this.#function;
  }

  set(local: number, at: number): void {
    this.#usedIn[local] = this.#setIn[local] = this.#function;
    this.#setAt[local] = at;
  }

  /** Whether it was read or set before this place of the text. */
  isUsed(local: number): boolean {
    return this.#usedIn[local] === this.#function;
  }

  /** Where it was set last; -1: nowhere so far. */
  lastSet(local: number): number {
    return this.#setIn[local] === this.#function ? (this.#setAt[local] ?? -1) : -1;
  }
}
