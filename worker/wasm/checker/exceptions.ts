// SPDX-License-Identifier: MIT
import type { Branches } from './branches.ts';
import { FRAME, type Frame } from './frames.ts';
import { WEIGHT } from './limits.ts';
import { copyPaths, DEPTH, HOLDS, joinPaths, mergeSolvent, NEVER, PATHS } from './paths.ts';
import type { Variables } from './variables.ts';
import type { Walk } from './walk.ts';

/** The ways that no branch shows: from whatever may throw to the handlers around it. */
export class Exceptions {
  readonly #walk: Walk;
  readonly #variables: Variables;
  readonly #branches: Branches;

  constructor(walk: Walk, variables: Variables, branches: Branches) {
    this.#walk = walk;
    this.#variables = variables;
    this.#branches = branches;
  }

  /** An exception may fly from here to the handlers of the innermost `try`. */
  mayThrow(lead: number, isLater: boolean): void {
    const walk = this.#walk;
    if (walk.innermostTry < 0 || !walk.isReachable) return;
    const flying = Int32Array.from(walk.paths);
    mergeSolvent(flying);
    flying[0] = (flying[0] ?? 0) + lead + WEIGHT.throw;
    for (const since of [PATHS.sinceEntry, PATHS.sinceReturn]) {
      const length = flying[since] ?? -1;
      if (length >= 0) flying[since] = length + lead + WEIGHT.throw;
    }
    if (isLater) {
      flying[PATHS.sinceReturn] = Math.max(WEIGHT.throw, flying[PATHS.sinceReturn] ?? -1);
      flying[PATHS.returnPlaces] = Math.min(this.#variables.places, flying[PATHS.returnPlaces] ?? NEVER);
    }
    flying[PATHS.holds] = HOLDS.global | ((flying[PATHS.holds] ?? 0) & ~HOLDS.local);
    flying[PATHS.depth] = DEPTH.unknown;
    joinPaths(walk.frame(walk.innermostTry).other, 0, flying, 0);
  }

  catch(): void {
    const walk = this.#walk;
    const frame = walk.frame(walk.top);
    if (frame.kind !== FRAME.try && frame.kind !== FRAME.catch) walk.refuse('it has a catch without its try');
    walk.flush();
    joinPaths(frame.exit, 0, walk.paths, 0);
    copyPaths(walk.paths, 0, frame.other, 0);
    frame.kind = FRAME.catch;
    walk.innermostTry = frame.outerTry;
  }

  /** What no handler of this `try` takes, those of the one around it may. */
  passOn(frame: Frame): void {
    this.#walk.innermostTry = frame.outerTry;
    if (frame.outerTry >= 0) joinPaths(this.#walk.frame(frame.outerTry).other, 0, frame.other, 0);
  }

  /** The clauses of a `try_table` branch as from behind its end. */
  handlers(frame: Frame): void {
    const walk = this.#walk;
    const { cursor } = walk;
    const { position } = cursor;
    const after = walk.scratch;
    copyPaths(after, 0, walk.paths, 0);
    copyPaths(walk.paths, 0, frame.other, 0);
    cursor.position = frame.clauses;
    for (let left = cursor.u32(); left > 0; left--) this.#branches.branch(cursor.catchClause());
    cursor.position = position;
    copyPaths(walk.paths, 0, after, 0);
  }
}
