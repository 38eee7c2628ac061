// SPDX-License-Identifier: MIT
import { OP } from './instruction-set.ts';
import { PATHS, setUnreachable } from './paths.ts';
import { constantOf, isConstant } from './value-stack.ts';

export const FRAME = {
  function: 0,
  block: 1,
  loop: 2,
  then: 3,
  else: 4,
  try: 5,
  catch: 6,
  tryTable: 7,
  /** a loop that runs unwatched, as its guard has bounded it */
  counted: 8,
} as const;

export const NO_LOCAL = -1;

/** A `local <= bound` or a guard that holds in one arm of an `if`. */
export interface Guard {
  /** which difference it speaks of, as in VALUE.guard; 0: none */
  difference: number;
  bound: number;
  modulus: number;
  /** price of one iteration, once all of them are paid */
  paid: number;
}

/** One open block. Frames are made once and used again: a function opens as many as it nests. */
export class Frame {
  kind: number = FRAME.function;
  /** how many loops are open, this one included */
  loops = 0;
  /** all ways that leave by its label */
  readonly exit = new Int32Array(PATHS.size);
  /** of an `if`: ways into its other arm; of a `try`: into its handlers; of a loop: as it is entered */
  readonly other = new Int32Array(PATHS.size);
  /** the innermost `try` around it, as an index of frames */
  outerTry = -1;
  /** of `try_table`: where its clauses are written */
  clauses = 0;
  /** a local that is at most `factBound`, since the byte `factAt`, in this frame; and in the other arm of an `if` */
  factLocal = NO_LOCAL;
  factBound = 0;
  factAt = 0;
  elseFactLocal = NO_LOCAL;
  elseFactBound = 0;
  readonly guard: Guard = { difference: 0, bound: 0, modulus: 0, paid: 0 };

  /** Notes what a local is at most from here on. */
  know(local: number, bound: number, at: number): void {
    this.factLocal = local;
    this.factBound = bound;
    this.factAt = at;
  }

  /** Notes what the condition of this `if` says of a local, in each arm. */
  compare(left: number, right: number, comparison: number, at: number): void {
    if (!isConstant(right) || isConstant(left)) return;
    const bound = constantOf(right);
    this.factAt = at;
    if (comparison === OP.i32LtU || comparison === OP.i32LeU) this.know(left, bound, at);
    else if (comparison === OP.i32GtU || comparison === OP.i32GeU) {
      this.elseFactLocal = left;
      this.elseFactBound = bound;
    }
  }

  /** From the first arm of an `if` to the second. */
  turn(): void {
    this.kind = FRAME.else;
    this.guard.difference = this.guard.paid = 0;
    this.factLocal = this.elseFactLocal;
    this.factBound = this.elseFactBound;
  }

  open(kind: number, loops: number, outerTry: number): void {
    this.kind = kind;
    this.loops = loops;
    this.outerTry = outerTry;
    this.factLocal = this.elseFactLocal = NO_LOCAL;
    this.guard.difference = 0;
    this.guard.paid = 0;
    setUnreachable(this.exit, 0);
    setUnreachable(this.other, 0);
  }
}
