// SPDX-License-Identifier: MIT
import { NotProved } from './not-proved.ts';

/**
 * What is known of a value on the stack of a function. Most are of no interest (`other`); what lies below the known
 * ones is forgotten, and so not known either.
 */
export const VALUE = {
  other: 0,
  /** p: the number */
  const32: 1,
  const64: 2,
  /** p: the local that has this value now */
  local: 3,
  /** the counter, as it stands */
  fuel: 4,
  /** the counter less a charge, not yet written back; p: see CHARGE */
  charged: 5,
  /** what the slow function gave for the counter */
  refilled: 6,
  /** an argument of the slow function that is no fuel */
  code: 7,
  /** nonzero when the counter is below zero */
  isNegative: 8,
  /** nonzero when it is not */
  isNotNegative: 9,
  /** p - q of two operands, wrapped; r: which difference it is */
  difference: 10,
  /** the difference less one */
  differenceLessOne: 11,
  /** nonzero only when: the difference is 1 to p (0: not known), a multiple of q (0), and r & 1: fuel is not negative */
  guard: 12,
  /** the local p divided by q, or the remainder */
  quotient: 13,
  remainder: 14,
  /** the local p, divided by q, times r, as i64 */
  trip: 15,
  /** an i64 of no more than about 2^50 that is not negative */
  amount: 16,
  /** operand p compared with q by the instruction r */
  comparison: 17,
  /** an i32 of at most p */
  bounded: 18,
  /** the depth of the caller */
  callerDepth: 19,
  /** the depth of the caller and p places, not yet compared with the limit; or after that */
  newDepth: 20,
  ownDepth: 21,
  /** nonzero when the new depth is too deep */
  isTooDeep: 22,
  /** the local p plus the constant q */
  step: 23,
} as const;

/** What is known of a charge. */
export const CHARGE = {
  uncertain: 0,
  /** it is at least 1 */
  certain: 1,
  /** it was made of a `trip`: certain where that is known to be positive */
  trip: 2,
} as const;

const SIZE = 64;
const NO_OTHER_USE = 'the counter or the depth is used for something else than metering';

/** Kinds of values that only the meter's own instructions may take. */
const isMeters = (kind: number): boolean =>
  (kind >= VALUE.fuel && kind <= VALUE.refilled) || (kind >= VALUE.callerDepth && kind <= VALUE.ownDepth);

/** An operand that stays what it is until its local is set: a local by its index, a constant beyond all of them. */
const CONSTANTS = 2 ** 33;
export const constantOperand = (value: number): number => CONSTANTS + (value >>> 0);
export const isConstant = (operand: number): boolean => operand >= CONSTANTS;
export const constantOf = (operand: number): number => operand - CONSTANTS;

/** The upper part of a function's stack. `pop` leaves what it took in `p`, `q` and `r`. */
export class ValueStack {
  p = 0;
  q = 0;
  r = 0;
  readonly #kinds = new Uint8Array(SIZE);
  readonly #p = new Float64Array(SIZE);
  readonly #q = new Float64Array(SIZE);
  readonly #r = new Float64Array(SIZE);
  #length = 0;
  #meters = 0;

  push(kind: number, p = 0, q = 0, r = 0): void {
    if (this.#length === SIZE) this.forget(0);
    const at = this.#length++;
    this.#kinds[at] = kind;
    this.#p[at] = p;
    this.#q[at] = q;
    this.#r[at] = r;
    if (isMeters(kind)) this.#meters += 1;
  }

  /** @returns the kind of the value that was on top */
  pop(): number {
    if (this.#length === 0) return VALUE.other;
    const at = --this.#length;
    const kind = this.#kinds[at] ?? VALUE.other;
    if (kind === VALUE.other) return kind;
    this.p = this.#p[at] ?? 0;
    this.q = this.#q[at] ?? 0;
    this.r = this.#r[at] ?? 0;
    if (isMeters(kind)) this.#meters -= 1;
    return kind;
  }

  /** For an instruction of which nothing else needs to be known. */
  replace(pops: number, pushes: number, position: number): void {
    const meters = this.#meters;
    for (let i = 0; i < pops; i++) this.pop();
    if (this.#meters !== meters) throw new NotProved(NO_OTHER_USE, position);
    for (let i = 0; i < pushes; i++) this.push(VALUE.other);
  }

  clear(): void {
    this.#length = this.#meters = 0;
  }

  forget(position: number): void {
    if (this.#meters !== 0) throw new NotProved(NO_OTHER_USE, position);
    this.#length = 0;
  }

  /** After a local was set: nothing that was made of it holds any longer. */
  invalidate(local: number): void {
    for (let at = 0; at < this.#length; at++) {
      const kind = this.#kinds[at] ?? 0;
      const isPlainLocal = kind === VALUE.local;
      const isDerived = kind >= VALUE.difference && kind < VALUE.callerDepth && kind !== VALUE.amount;
      if ((isPlainLocal && this.#p[at] === local) || isDerived || kind === VALUE.step)
        this.#kinds[at] = VALUE.other;
    }
  }
}

export const isMetersValue = isMeters;
