// SPDX-License-Identifier: MIT
import { FRAME, type Frame } from './frames.ts';
import type { Loops } from './loops.ts';
import { copyPaths, HOLDS, isReachable, joinPaths, keepNegative, PATHS, startAfresh } from './paths.ts';
import { VALUE } from './value-stack.ts';
import type { Walk } from './walk.ts';

/** Where ways part and meet again. A condition on the counter is the check: it tells the ways apart that it parts. */
export class Branches {
  readonly #walk: Walk;
  readonly #loops: Loops;

  constructor(walk: Walk, loops: Loops) {
    this.#walk = walk;
    this.#loops = loops;
  }

  if(): void {
    const walk = this.#walk;
    const { stack } = walk;
    walk.notCounted();
    const kind = stack.pop();
    const { p, q, r } = stack;
    walk.mustBePlain(kind, VALUE.other);
    stack.forget(walk.at);
    walk.cursor.skipBlockType();
    walk.flush();
    walk.open(FRAME.then);
    const frame = walk.frame(walk.top);
    copyPaths(frame.other, 0, walk.paths, 0);
    if (kind === VALUE.isTooDeep) {
      if (isReachable(frame.other, 0))
        frame.other[PATHS.holds] = (frame.other[PATHS.holds] ?? 0) | HOLDS.ownDepth;
    } else if (kind === VALUE.guard) {
      frame.guard.difference = Math.floor(r / 2);
      frame.guard.bound = p;
      frame.guard.modulus = q;
    } else if (kind === VALUE.comparison) frame.compare(p, q, r, walk.at);
    this.#split(kind, r, walk.paths, frame.other);
    if (kind !== VALUE.guard) walk.counted.forget();
  }

  /** What a condition on the counter says about the ways where it holds and where it does not. */
  #split(kind: number, r: number, holds: Int32Array, fails: Int32Array): void {
    if (kind === VALUE.isNegative) {
      keepNegative(holds);
      startAfresh(fails);
    } else if (kind === VALUE.isNotNegative) {
      startAfresh(holds);
      keepNegative(fails);
    } else if (kind === VALUE.guard && r % 2 === 1) startAfresh(holds);
  }

  else(): void {
    const walk = this.#walk;
    const frame = walk.frame(walk.top);
    if (frame.kind !== FRAME.then) walk.refuse('it has an else without its if');
    walk.weight -= 1;
    walk.flush();
    joinPaths(frame.exit, 0, walk.paths, 0);
    copyPaths(walk.paths, 0, frame.other, 0);
    frame.turn();
  }

  branchIf(label: number): void {
    const walk = this.#walk;
    const { stack } = walk;
    const kind = stack.pop();
    const { p, q, r } = stack;
    walk.mustBePlain(kind, VALUE.other);
    stack.forget(walk.at);
    if (walk.counted.isOpen) {
      const isRight = label === 0 && walk.counted.close(kind, p, q, r, walk.cursor.position);
      if (!isRight) walk.refuse('a counted loop does not end when it has counted');
      return;
    }
    walk.flush();
    walk.counted.forget();
    const staying = walk.scratch;
    copyPaths(staying, 0, walk.paths, 0);
    this.#split(kind, r, walk.paths, staying);
    this.branch(label);
    copyPaths(walk.paths, 0, staying, 0);
  }

  branch(label: number): void {
    const walk = this.#walk;
    if (label > walk.top) walk.refuse('it branches to a label that it does not have');
    if (!walk.isReachable) return;
    const target = walk.top - label;
    const frame = walk.frame(target);
    if (target === 0) this.leave();
    else if (frame.kind === FRAME.loop) this.#loops.goRound(frame);
    else joinPaths(frame.exit, 0, walk.paths, 0);
  }

  /** To the end of the function. */
  leave(): void {
    const walk = this.#walk;
    if (!walk.isReachable) return;
    walk.mustHold(HOLDS.global, 'it returns while the counter is not where its caller looks for it');
    joinPaths(walk.frame(0).exit, 0, walk.paths, 0);
  }

  /** At the end of a block: what falls through meets what branched there. */
  join(frame: Frame): void {
    joinPaths(frame.exit, 0, this.#walk.paths, 0);
    copyPaths(this.#walk.paths, 0, frame.exit, 0);
  }
}
