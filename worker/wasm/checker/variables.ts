// SPDX-License-Identifier: MIT
import { FRAME, NO_LOCAL } from './frames.ts';
import type { ModuleFacts } from './module-facts.ts';
import { DEPTH, HOLDS, mergeSolvent, NEVER, PATHS, startAfresh } from './paths.ts';
import { CHARGE, constantOperand, isMetersValue, VALUE } from './value-stack.ts';
import type { Walk } from './walk.ts';

/**
 * Locals and globals. The counter and the depth may only be where the meter keeps them: in their globals, and in one
 * local for each, so that what is read there is known to be current.
 */
export class Variables {
  readonly #facts: ModuleFacts;
  readonly #walk: Walk;
  /** places of the stack that the frame of this function counts for; 0: not known so far */
  places = 0;
  /** whether the function, or what it calls, reads or changes the counter */
  touchesCounter = false;
  /** what the last charge by iterations was made of */
  trip = { local: NO_LOCAL, divisor: 1, price: 0 };
  #params = 0;
  #counterLocal = NO_LOCAL;
  #depthLocal = NO_LOCAL;
  #callerDepthLocal = NO_LOCAL;

  constructor(facts: ModuleFacts, walk: Walk) {
    this.#facts = facts;
    this.#walk = walk;
  }

  begin(index: number): void {
    const facts = this.#facts;
    this.#params = facts.typeParams[facts.functionTypes[index] ?? 0] ?? 0;
    this.#counterLocal = this.#depthLocal = this.#callerDepthLocal = NO_LOCAL;
    this.places = 0;
    this.touchesCounter = false;
  }

  localGet(local: number): void {
    const walk = this.#walk;
    const { stack } = walk;
    if (local === this.#counterLocal) {
      walk.mustHold(HOLDS.local, 'it reads a counter that is out of date');
      walk.notCounted();
      return stack.push(VALUE.fuel);
    }
    if (local === this.#depthLocal) {
      walk.mustHold(HOLDS.ownDepth, 'it uses a depth that was not compared with the limit');
      return stack.push(VALUE.ownDepth);
    }
    if (local === this.#callerDepthLocal) {
      walk.mustHold(HOLDS.callerDepth, 'it uses a depth that was not saved');
      return stack.push(VALUE.callerDepth);
    }
    walk.locals.use(local);
    stack.push(VALUE.local, local);
  }

  localSet(local: number, keeps: boolean): void {
    const walk = this.#walk;
    const { stack } = walk;
    const kind = stack.pop();
    const { p, q } = stack;
    if (isMetersValue(kind)) return this.#setMetersLocal(local, kind, p, keeps);
    const roles = [this.#counterLocal, this.#depthLocal, this.#callerDepthLocal];
    if (roles.includes(local)) walk.refuse("it sets a local of the meter's to something else");
    const isDifference = kind === VALUE.difference && stack.r === walk.counted.difference;
    const wrong = walk.counted.isOpen ? walk.counted.set(local, kind, p, q) : undefined;
    if (wrong !== undefined) walk.refuse(wrong);
    walk.locals.set(local, walk.at);
    stack.invalidate(local);
    // What looks like a part of a guard may itself be the difference of another: a local less one.
    const isAnother = kind === VALUE.differenceLessOne && p !== NO_LOCAL;
    if (isAnother) walk.counted.begin(p, constantOperand(1), walk.at);
    if (isDifference || isAnother) walk.counted.keep(local, walk.at);
    if (kind === VALUE.bounded) walk.frame(walk.top).know(local, p, walk.at);
    if (keeps) stack.push(VALUE.local, local);
  }

  #setMetersLocal(local: number, kind: number, p: number, keeps: boolean): void {
    const walk = this.#walk;
    const { stack } = walk;
    const isDepth = kind >= VALUE.callerDepth;
    if (!isDepth) {
      this.#counterLocal = this.#role(local, this.#counterLocal);
      this.#store(HOLDS.local, kind, p);
      if (keeps) stack.push(VALUE.fuel);
      return;
    }
    if (kind === VALUE.callerDepth) {
      this.#callerDepthLocal = this.#role(local, this.#callerDepthLocal);
      walk.setHolds(HOLDS.callerDepth, 0);
    } else if (kind === VALUE.newDepth) {
      if (this.places !== 0 && this.places !== p) walk.refuse('its frame has two sizes');
      this.places = p;
      this.#depthLocal = this.#role(local, this.#depthLocal);
      walk.setHolds(0, HOLDS.ownDepth);
    } else walk.refuse('it copies its depth');
    if (keeps) stack.push(kind, p);
  }

  /** The local that carries one of the meter's values: one for each, and for nothing else. */
  #role(local: number, known: number): number {
    if (local === known) return local;
    const isFree = known === NO_LOCAL && local >= this.#params && !this.#walk.locals.isUsed(local);
    const others = [this.#counterLocal, this.#depthLocal, this.#callerDepthLocal];
    if (!isFree || others.includes(local))
      this.#walk.refuse("it keeps a value of the meter's in a local of its own");
    return local;
  }

  globalGet(global: number): void {
    const walk = this.#walk;
    const { stack } = walk;
    if (global === this.#facts.counter) {
      this.touchesCounter = true;
      walk.mustHold(HOLDS.global, 'it reads a counter that is out of date');
      walk.notCounted();
      return stack.push(VALUE.fuel);
    }
    if (global !== this.#facts.depth) return stack.push(VALUE.other);
    if (walk.isReachable && walk.paths[PATHS.depth] !== DEPTH.caller)
      walk.refuse("it takes for its caller's depth what is not");
    stack.push(VALUE.callerDepth);
  }

  globalSet(global: number): void {
    const walk = this.#walk;
    const { stack } = walk;
    const kind = stack.pop();
    if (global === this.#facts.counter) {
      const isCounter = kind >= VALUE.fuel && kind <= VALUE.refilled;
      if (!isCounter) walk.refuse('it sets the counter to something else than itself, less a charge');
      return this.#store(HOLDS.global, kind, stack.p);
    }
    if (global === this.#facts.depth) {
      if (kind !== VALUE.callerDepth && kind !== VALUE.ownDepth)
        walk.refuse('it sets the depth to what it is not');
      if (walk.isReachable) walk.paths[PATHS.depth] = kind === VALUE.ownDepth ? DEPTH.own : DEPTH.caller;
      return;
    }
    if (isMetersValue(kind)) walk.refuse("it keeps a value of the meter's in a global of its own");
  }

  /** Writes the counter back to where it is from now on. */
  #store(to: number, kind: number, certainty: number): void {
    const walk = this.#walk;
    this.touchesCounter = true;
    walk.notCounted();
    if (kind === VALUE.fuel) return walk.setHolds(to, 0);
    walk.flush();
    if (kind === VALUE.refilled) startAfresh(walk.paths);
    else this.#charged(certainty);
    walk.setHolds(to, (HOLDS.global | HOLDS.local) & ~to);
  }

  #charged(certainty: number): void {
    const { paths } = this.#walk;
    mergeSolvent(paths);
    const isCertain = certainty === CHARGE.certain || (certainty === CHARGE.trip && this.#payCountedLoop());
    if (isCertain) paths[PATHS.unchargedFrom] = NEVER;
  }

  /** Notes that all iterations of a counted loop are paid. @returns whether they are */
  #payCountedLoop(): boolean {
    const walk = this.#walk;
    const { guard, kind } = walk.frame(walk.top);
    const { local, divisor, price } = this.trip;
    const isPaid =
      kind === FRAME.then &&
      local === walk.counted.local &&
      divisor === Math.max(1, guard.modulus) &&
      walk.counted.holds(guard, walk.locals);
    if (isPaid) guard.paid = price;
    return isPaid;
  }
}
