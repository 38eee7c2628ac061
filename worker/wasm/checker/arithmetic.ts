// SPDX-License-Identifier: MIT
import { NO_LOCAL } from './frames.ts';
import { OP } from './instruction-set.ts';
import { DEPTH_LIMIT, HIGHEST_CODE, LEAST_FRAME, MOST_CHARGE } from './limits.ts';
import { CHARGE, constantOperand, VALUE } from './value-stack.ts';
import type { Variables } from './variables.ts';
import type { Walk } from './walk.ts';

/** The largest price of one unit of anything: a page, sixteen bytes, an iteration. */
const MOST_FACTOR = 2 ** 20;

/**
 * What the instructions on numbers make of what is known: charges, guards of counted loops, depths, bounds. Only
 * with these few forms a proof can begin; the counter and the depth may take part in no others.
 */
export class Arithmetic {
  readonly #walk: Walk;
  readonly #variables: Variables;

  constructor(walk: Walk, variables: Variables) {
    this.#walk = walk;
    this.#variables = variables;
  }

  add(): void {
    const walk = this.#walk;
    const { stack } = walk;
    const right = stack.pop();
    const rightP = stack.p;
    const left = stack.pop();
    const leftP = stack.p;
    if (left === VALUE.callerDepth && right === VALUE.const32) {
      if (rightP < LEAST_FRAME || rightP > DEPTH_LIMIT) walk.refuse('its frame has no sensible size');
      return stack.push(VALUE.newDepth, rightP);
    }
    walk.mustBePlain(left, right);
    if (left === VALUE.local && right === VALUE.const32) return stack.push(VALUE.step, leftP, rightP);
    if (left === VALUE.const32 && right === VALUE.local) return stack.push(VALUE.step, rightP, leftP);
    stack.push(VALUE.other);
  }

  subtract(): void {
    const walk = this.#walk;
    const { stack } = walk;
    const right = stack.pop();
    const rightP = stack.p;
    const left = stack.pop();
    const leftP = stack.p;
    if (left === VALUE.ownDepth && right === VALUE.const32) {
      if (rightP !== this.#variables.places)
        walk.refuse('it takes another size from its depth than it added');
      return stack.push(VALUE.callerDepth);
    }
    walk.mustBePlain(left, right);
    const { counted } = walk;
    if (right === VALUE.const32 && left === VALUE.local && counted.isOpen)
      return stack.push(VALUE.step, leftP, -rightP);
    const isLast =
      counted.difference !== 0 &&
      (left === VALUE.difference || (left === VALUE.local && leftP === counted.local));
    if (isLast && right === VALUE.const32 && rightP === 1)
      return stack.push(
        VALUE.differenceLessOne,
        left === VALUE.local ? leftP : NO_LOCAL,
        0,
        counted.difference,
      );
    const minuend = operandOf(left, leftP);
    const subtrahend = operandOf(right, rightP);
    if (minuend < 0 || subtrahend < 0 || counted.isOpen) return stack.push(VALUE.other);
    stack.push(VALUE.difference, 0, 0, counted.begin(minuend, subtrahend, walk.at));
  }

  divide(kind: number): void {
    const { stack } = this.#walk;
    const right = stack.pop();
    const divisor = stack.p;
    const left = stack.pop();
    this.#walk.mustBePlain(left, right);
    const isKnown = left === VALUE.local && right === VALUE.const32 && divisor > 0;
    if (isKnown) stack.push(kind, stack.p, divisor);
    else stack.push(VALUE.other);
  }

  isZero(): void {
    const walk = this.#walk;
    const { stack } = walk;
    const kind = stack.pop();
    walk.mustBePlain(kind, VALUE.other);
    const { counted } = walk;
    if (kind === VALUE.remainder && stack.p === counted.local && counted.difference !== 0)
      return stack.push(VALUE.guard, 0, stack.q, counted.difference * 2);
    stack.push(VALUE.other);
  }

  /** Where both must be nonzero, both hold. */
  and(): void {
    const { stack } = this.#walk;
    const right = this.#popGuard();
    const left = this.#popGuard();
    const difference = Math.max(left.difference, right.difference);
    const isOne = [left, right].every((one) => one.difference === 0 || one.difference === difference);
    const isGuard = (difference !== 0 && isOne) || left.solvent || right.solvent;
    if (!isGuard) return stack.push(VALUE.other);
    const solvent = left.solvent || right.solvent ? 1 : 0;
    if (!isOne) return stack.push(VALUE.guard, 0, 0, solvent);
    const bound = Math.max(left.bound, right.bound);
    const modulus = Math.max(left.modulus, right.modulus);
    stack.push(VALUE.guard, bound, modulus, difference * 2 + solvent);
  }

  #popGuard() {
    const { stack } = this.#walk;
    const kind = stack.pop();
    this.#walk.mustBePlain(kind, VALUE.other);
    const isGuard = kind === VALUE.guard;
    return {
      bound: isGuard ? stack.p : 0,
      modulus: isGuard ? stack.q : 0,
      difference: isGuard ? Math.floor(stack.r / 2) : 0,
      solvent: kind === VALUE.isNotNegative || (isGuard && stack.r % 2 === 1),
    };
  }

  compare(opcode: number): void {
    const walk = this.#walk;
    const { stack } = walk;
    const right = stack.pop();
    const rightP = stack.p;
    const left = stack.pop();
    const leftP = stack.p;
    if (left === VALUE.newDepth && right === VALUE.const32 && opcode === OP.i32GtU) {
      if (rightP <= 0 || rightP > DEPTH_LIMIT) walk.refuse('its calls may nest deeper than they may');
      return stack.push(VALUE.isTooDeep);
    }
    walk.mustBePlain(left, right);
    if (left === VALUE.differenceLessOne && right === VALUE.const32 && opcode === OP.i32LtU && rightP > 0)
      return stack.push(VALUE.guard, rightP, 0, stack.r * 2);
    const p = operandOf(left, leftP);
    const q = operandOf(right, rightP);
    if (p >= 0 && q >= 0) return stack.push(VALUE.comparison, p, q, opcode);
    stack.push(VALUE.other);
  }

  /** The lesser of a local and a constant is known to be no more than the constant. */
  select(): void {
    const walk = this.#walk;
    const { stack } = walk;
    const condition = stack.pop();
    const { p: compared, q: bound, r: comparison } = stack;
    const second = stack.pop();
    const otherwise = stack.p;
    const first = stack.pop();
    walk.mustBePlain(condition, second);
    walk.mustBePlain(first, VALUE.other);
    const isLesser =
      condition === VALUE.comparison &&
      (comparison === OP.i32LtU || comparison === OP.i32LeU) &&
      first === VALUE.local &&
      stack.p === compared &&
      second === VALUE.const32 &&
      otherwise >= 0 &&
      constantOperand(otherwise) === bound;
    if (isLesser) stack.push(VALUE.bounded, otherwise);
    else stack.push(VALUE.other);
  }

  extend(): void {
    const { stack } = this.#walk;
    const kind = stack.pop();
    this.#walk.mustBePlain(kind, VALUE.other);
    if (kind === VALUE.local) stack.push(VALUE.trip, stack.p, 1, 1);
    else if (kind === VALUE.quotient) stack.push(VALUE.trip, stack.p, stack.q, 1);
    else stack.push(VALUE.amount);
  }

  charge(): void {
    const walk = this.#walk;
    const { stack } = walk;
    const amount = stack.pop();
    const { p, q, r } = stack;
    const from = stack.pop();
    if (from !== VALUE.fuel) {
      walk.mustBePlain(from, amount);
      return stack.push(VALUE.other);
    }
    if (amount === VALUE.const64) {
      if (p < 0 || p > MOST_CHARGE) walk.refuse('a charge is no price');
      return stack.push(VALUE.charged, p >= 1 ? CHARGE.certain : CHARGE.uncertain);
    }
    if (amount !== VALUE.trip && amount !== VALUE.amount)
      walk.refuse('it takes something from the counter that may be negative');
    this.#variables.trip = { local: amount === VALUE.trip ? p : NO_LOCAL, divisor: q, price: r };
    stack.push(VALUE.charged, amount === VALUE.trip ? CHARGE.trip : CHARGE.uncertain);
  }

  /** What is made of an unsigned number and a small constant is no negative one either. */
  amount(opcode: number): void {
    const { stack } = this.#walk;
    const right = stack.pop();
    const constant = stack.p;
    const left = stack.pop();
    const { p, q, r } = stack;
    this.#walk.mustBePlain(left, right);
    const isAmount = left === VALUE.trip || left === VALUE.amount;
    if (!isAmount || right !== VALUE.const64) return stack.push(VALUE.other);
    if (opcode === OP.i64Or) return stack.push(constant <= HIGHEST_CODE ? VALUE.code : VALUE.other);
    if (opcode === OP.i64ShrU) return stack.push(VALUE.amount);
    const isSmall = constant >= 1 && constant <= MOST_FACTOR;
    if (left === VALUE.trip && r === 1 && isSmall) return stack.push(VALUE.trip, p, q, constant);
    stack.push(left === VALUE.trip && isSmall && r === 1 ? VALUE.amount : VALUE.other);
  }

  sign(kind: number): void {
    const { stack } = this.#walk;
    const right = stack.pop();
    const zero = stack.p;
    const left = stack.pop();
    if (left === VALUE.fuel && right === VALUE.const64 && zero === 0) return stack.push(kind);
    this.#walk.mustBePlain(left, right);
    stack.push(VALUE.other);
  }
}

function operandOf(kind: number, p: number): number {
  if (kind === VALUE.local) return p;
  return kind === VALUE.const32 ? constantOperand(p) : -1;
}
