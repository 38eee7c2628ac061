// SPDX-License-Identifier: MIT
import type { Guard } from './frames.ts';
import { OP } from './instruction-set.ts';
import { MOST_COUNTED_UNITS } from './limits.ts';
import type { LocalUse } from './local-use.ts';
import { constantOperand, VALUE } from './value-stack.ts';

const NONE = -1;
/** Weights are no prices: an iteration may have some more instructions than units. */
const MOST_WEIGHT_TO_PRICE = 4;
/** They are all false once both operands are equal. */
const FALSE_WHEN_EQUAL: readonly number[] = [OP.i32Ne, OP.i32LtS, OP.i32LtU, OP.i32GtS, OP.i32GtU];

/**
 * The proof that a loop ends by itself soon. Its guard has found `d = to - from` (wrapped), 1 <= d <= bound and d a
 * multiple of the modulus. A local that begins as `from` and grows by the modulus each time (or begins as `to` and
 * shrinks) is equal to the other, which does not change, after exactly d / modulus iterations; and the loop goes on
 * only while its condition holds, which is false then.
 */
export class CountedLoop {
  /** the difference that was made last, by number; 0: none that still counts */
  difference = 0;
  /** the local that it was kept in */
  local = NONE;
  isOpen = false;
  #numbers = 0;
  #minuend = NONE;
  #subtrahend = NONE;
  #at = 0;
  #keptAt = 0;
  #modulus = 1;
  #rounds = 0;
  #price = 0;
  #counter = NONE;
  #closedAt = 0;

  /** A difference of two operands (value-stack.ts). @returns its number */
  begin(minuend: number, subtrahend: number, at: number): number {
    this.difference = ++this.#numbers;
    this.#minuend = minuend;
    this.#subtrahend = subtrahend;
    this.#at = at;
    this.local = NONE;
    return this.difference;
  }

  keep(local: number, at: number): void {
    this.local = local;
    this.#keptAt = at;
  }

  forget(): void {
    this.difference = 0;
  }

  /** Whether what the guard has found is still so: nothing of it was set since. */
  holds(guard: Guard, locals: LocalUse): boolean {
    return (
      guard.difference !== 0 &&
      guard.difference === this.difference &&
      guard.bound > 0 &&
      this.local !== NONE &&
      locals.lastSet(this.local) === this.#keptAt &&
      [this.#minuend, this.#subtrahend].every((one) => locals.lastSet(one) < this.#at)
    );
  }

  /** The loop begins. @returns why it cannot be one of these, if so */
  open(guard: Guard): string | undefined {
    this.isOpen = true;
    this.#counter = NONE;
    this.#modulus = Math.max(1, guard.modulus);
    this.#rounds = Math.floor(guard.bound / this.#modulus);
    this.#price = guard.paid;
    this.#closedAt = 0;
    if (this.#rounds * this.#price > MOST_COUNTED_UNITS) return 'a counted loop may run for too long';
    return undefined;
  }

  /** A local is set in the loop. @returns what is wrong with that, if anything */
  set(local: number, kind: number, base: number, step: number): string | undefined {
    const isFrom = local === this.#subtrahend;
    const isTo = local === this.#minuend;
    if (!isFrom && !isTo) return undefined;
    const goesRight = isFrom ? step > 0 : step < 0;
    const isStep = kind === VALUE.step && base === local && goesRight && Math.abs(step) === this.#modulus;
    if (!isStep || this.#counter !== NONE) return 'a counted loop does not count by its step, once a round';
    this.#counter = local;
    return undefined;
  }

  /** The condition on which the loop goes on. @returns whether it is false at the latest when it has counted */
  close(kind: number, p: number, q: number, comparison: number, at: number): boolean {
    if (this.#counter === NONE) return false;
    this.#closedAt = at;
    const target = this.#counter === this.#minuend ? this.#subtrahend : this.#minuend;
    if (kind === VALUE.local) return p === this.#counter && target === constantOperand(0);
    if (kind !== VALUE.comparison || !FALSE_WHEN_EQUAL.includes(comparison)) return false;
    return (p === this.#counter && q === target) || (q === this.#counter && p === target);
  }

  /** The loop ends. @returns the weight of all its iterations; -1 when it is not known to end soon */
  end(weight: number, at: number): number {
    this.isOpen = false;
    const whole = this.#rounds * weight;
    return at === this.#closedAt && whole <= MOST_COUNTED_UNITS * MOST_WEIGHT_TO_PRICE ? whole : -1;
  }
}
