// SPDX-License-Identifier: MIT
import { CountedLoop } from './counted-loop.ts';
import { Cursor } from './cursor.ts';
import { Frame } from './frames.ts';
import { MOST_UNPOLLED } from './limits.ts';
import { LocalUse } from './local-use.ts';
import type { ModuleFacts } from './module-facts.ts';
import { NotProved } from './not-proved.ts';
import { DEPTH, HOLDS, isReachable, longestOf, PATHS, setUnreachable } from './paths.ts';
import { isMetersValue, ValueStack } from './value-stack.ts';

/**
 * Where the proof is in the function that it goes through, and what is known there: the state that all groups of
 * instructions share, so that they need little of each other. Made once, and used again for each function.
 */
export class Walk {
  readonly stack = new ValueStack();
  readonly locals = new LocalUse();
  readonly counted = new CountedLoop();
  /** of all ways that lead here */
  readonly paths = new Int32Array(PATHS.size);
  /** for whoever puts them aside for a moment */
  readonly scratch = new Int32Array(PATHS.size);
  readonly #frames: Frame[] = [];
  readonly #facts: ModuleFacts;
  cursor: Cursor;
  /** where the instruction begins that is looked at */
  at = 0;
  /** instructions since the last time that they were added to the ways */
  weight = 0;
  /** the innermost block, as an index of frames */
  top = -1;
  /** how many loops are open */
  loops = 0;
  /** the innermost `try`, as an index of frames */
  innermostTry = -1;
  /** the longest way without a poll from the entry of the function, and from anywhere */
  lead = 0;
  longest = 0;

  constructor(facts: ModuleFacts) {
    this.#facts = facts;
    this.cursor = new Cursor(facts.bytes);
  }

  /** To the first byte of a function. */
  begin(defined: number): void {
    const facts = this.#facts;
    this.cursor = new Cursor(facts.bytes, facts.bodyStart[defined], facts.bodyEnd[defined]);
    this.at = this.cursor.position;
    this.weight = this.loops = this.lead = this.longest = 0;
    this.top = this.innermostTry = -1;
    this.counted.forget();
    this.counted.isOpen = false;
    this.locals.begin();
    this.stack.clear();
    setUnreachable(this.paths, 0);
    this.paths[0] = this.paths[PATHS.unpolledFrom] = this.paths[PATHS.unchargedFrom] = 0;
    this.paths[PATHS.sinceEntry] = 0;
    this.paths[PATHS.holds] = HOLDS.global;
    this.paths[PATHS.depth] = DEPTH.caller;
  }

  get isReachable(): boolean {
    return isReachable(this.paths, 0);
  }

  open(kind: number): void {
    this.top += 1;
    this.#frames[this.top] ??= new Frame();
    this.frame(this.top).open(kind, this.loops, this.innermostTry);
  }

  frame(index: number): Frame {
    const frame = this.#frames[index];
    return frame ?? this.refuse('it closes more blocks than it opened');
  }

  /** Adds what was passed since the last time to all ways. */
  flush(): void {
    const { weight } = this;
    this.weight = 0;
    if (weight === 0) return;
    const { paths } = this;
    for (const part of [0, PATHS.solvent, PATHS.sinceEntry, PATHS.sinceReturn]) {
      const length = paths[part] ?? -1;
      if (length >= 0) paths[part] = length + weight;
    }
    this.reach(0);
  }

  /** From here, so much more may pass before a poll. */
  reach(further: number): void {
    const { paths } = this;
    const length = longestOf(paths);
    if (length < 0) return;
    if (length + further > this.longest) this.longest = length + further;
    if (this.longest > MOST_UNPOLLED) this.refuse('it may work too long without a check');
    const sinceEntry = paths[PATHS.sinceEntry] ?? -1;
    if (sinceEntry >= 0 && sinceEntry + further > this.lead) this.lead = sinceEntry + further;
  }

  /** The counter or the depth is now in other places (HOLDS). */
  setHolds(add: number, remove: number): void {
    if (!this.isReachable) return;
    this.paths[PATHS.holds] = ((this.paths[PATHS.holds] ?? 0) & ~remove) | add;
  }

  mustHold(what: number, otherwise: string): void {
    if (this.isReachable && ((this.paths[PATHS.holds] ?? 0) & what) === 0) this.refuse(otherwise);
  }

  /** For operands that are of no interest, unless they are the counter or the depth. */
  mustBePlain(one: number, other: number): void {
    if (isMetersValue(one) || isMetersValue(other))
      this.refuse('the counter or the depth is used for something else than metering');
  }

  /** For what must not happen in a loop that runs unwatched. */
  notCounted(): void {
    if (this.counted.isOpen) this.refuse('a counted loop does something else than to count');
  }

  refuse(reason: string): never {
    throw new NotProved(reason, this.at);
  }
}
