// SPDX-License-Identifier: MIT
import { FRAME, type Frame } from './frames.ts';
import { OP } from './instruction-set.ts';
import { MOST_BEFORE_BACK_EDGE, WEIGHT } from './limits.ts';
import { copyPaths, DEPTH, HOLDS, NEVER, PATHS } from './paths.ts';
import type { Walk } from './walk.ts';

/**
 * The only ways back. What a loop's beginning is taken to know is chosen as it is entered, and every way that goes
 * round is held to it; or the loop is a counted one, and ends by itself.
 */
export class Loops {
  readonly #walk: Walk;
  /** whether all loops went round with the depth in the global that they were entered with */
  keepDepth = true;

  constructor(walk: Walk) {
    this.#walk = walk;
  }

  enter(): void {
    const walk = this.#walk;
    const { cursor, stack } = walk;
    walk.notCounted();
    stack.forget(walk.at);
    cursor.skipBlockType();
    walk.flush();
    walk.loops += 1;
    const around = walk.frame(walk.top);
    if (around.kind === FRAME.then && around.guard.paid > 0) return this.#openCountedLoop(around);
    walk.counted.forget();
    walk.open(FRAME.loop);
    if (!walk.isReachable) return;
    this.#chooseSide();
    const { paths } = walk;
    if (!this.keepDepth) paths[PATHS.depth] = DEPTH.unknown;
    for (const part of [0, PATHS.solvent]) {
      if (part !== 0 && (paths[part] ?? -1) < 0) continue;
      for (const field of [PATHS.unpolledFrom, PATHS.unchargedFrom])
        paths[part + field] = Math.min(paths[part + field] ?? NEVER, walk.loops);
    }
    // Ways that have gone round are among those on which the counter may be below zero.
    paths[0] = Math.max(paths[0] ?? 0, mostBeforeBackEdge(walk.loops));
    copyPaths(walk.frame(walk.top).other, 0, paths, 0);
  }

  /** Where the counter is in both its places, the loop is taken to know only the one that it begins with. */
  #chooseSide(): void {
    const walk = this.#walk;
    const both = HOLDS.global | HOLDS.local;
    if (((walk.paths[PATHS.holds] ?? 0) & both) !== both) return;
    const next = walk.cursor.bytes[walk.cursor.position];
    if (next === OP.localGet) walk.setHolds(0, HOLDS.global);
    else if (next === OP.globalGet) walk.setHolds(0, HOLDS.local);
  }

  #openCountedLoop(around: Frame): void {
    const walk = this.#walk;
    if (!walk.counted.holds(around.guard, walk.locals)) walk.refuse('the guard of a counted loop has passed');
    const wrong = walk.counted.open(around.guard);
    if (wrong !== undefined) walk.refuse(wrong);
    around.guard.paid = 0;
    walk.open(FRAME.counted);
  }

  /** Ways reach the loop's beginning again: they must bring what it is taken to know. */
  goRound(frame: Frame): void {
    const walk = this.#walk;
    const { paths } = walk;
    for (const part of [0, PATHS.solvent]) {
      const length = paths[part] ?? -1;
      if (length < 0) continue;
      if ((paths[part + PATHS.unpolledFrom] ?? NEVER) <= frame.loops)
        walk.refuse('a loop can go round without a check');
      if ((paths[part + PATHS.unchargedFrom] ?? NEVER) <= frame.loops)
        walk.refuse('a loop can go round without a charge');
      if (length > mostBeforeBackEdge(frame.loops)) walk.refuse('a loop works too long between its checks');
    }
    const missing = (frame.other[PATHS.holds] ?? 0) & ~(paths[PATHS.holds] ?? 0);
    if (missing !== 0) walk.refuse('a loop begins again with the counter in another place');
    const depth = frame.other[PATHS.depth];
    if (depth !== DEPTH.unknown && depth !== paths[PATHS.depth]) this.keepDepth = false;
  }

  leaveCounted(): void {
    const walk = this.#walk;
    const whole = walk.counted.end(walk.weight, walk.at);
    if (whole < 0) walk.refuse('a counted loop may run for too long');
    walk.weight = whole;
    walk.flush();
    walk.loops -= 1;
    walk.top -= 1;
  }
}

/** Less for inner loops: a way may leave one, back to the beginning of the one around it, without a poll. */
const mostBeforeBackEdge = (loops: number): number => MOST_BEFORE_BACK_EDGE - WEIGHT.betweenLoops * loops;
