// SPDX-License-Identifier: MIT
import type { Branches } from './branches.ts';
import type { Calls } from './calls.ts';
import type { Exceptions } from './exceptions.ts';
import { FRAME } from './frames.ts';
import { OP } from './instruction-set.ts';
import { WEIGHT } from './limits.ts';
import type { Loops } from './loops.ts';
import { HOLDS, joinPaths, setUnreachable } from './paths.ts';
import type { Walk } from './walk.ts';

/** Instructions that open and close blocks or go elsewhere: the ways end, begin or meet at each of them. */
export class Control {
  readonly #walk: Walk;
  readonly #loops: Loops;
  readonly #branches: Branches;
  readonly #exceptions: Exceptions;
  readonly #calls: Calls;

  constructor(walk: Walk, loops: Loops, branches: Branches, exceptions: Exceptions, calls: Calls) {
    this.#walk = walk;
    this.#loops = loops;
    this.#branches = branches;
    this.#exceptions = exceptions;
    this.#calls = calls;
  }

  instruction(opcode: number): void {
    const walk = this.#walk;
    const { cursor } = walk;
    switch (opcode) {
      case OP.brIf:
        return this.#branches.branchIf(cursor.u32());
      case OP.end:
        return this.#end();
      case OP.call:
        return this.#calls.call(cursor.u32(), false);
      case OP.returnCall:
        return this.#calls.call(cursor.u32(), true);
      case OP.callIndirect:
      case OP.returnCallIndirect:
        return this.#calls.callIndirect(opcode);
      case OP.if:
        return this.#branches.if();
      case OP.loop:
        return this.#loops.enter();
      default:
    }
    walk.notCounted();
    walk.stack.forget(walk.at);
    walk.counted.forget();
    switch (opcode) {
      case OP.block:
      case OP.try:
        cursor.skipBlockType();
        walk.weight -= 1;
        walk.open(opcode === OP.block ? FRAME.block : FRAME.try);
        if (opcode === OP.try) walk.innermostTry = walk.top;
        return;
      case OP.tryTable:
        cursor.skipBlockType();
        walk.open(FRAME.tryTable);
        walk.frame(walk.top).clauses = cursor.position;
        for (let left = cursor.u32(); left > 0; left--) cursor.catchClause();
        walk.innermostTry = walk.top;
        return;
      case OP.else:
        return this.#branches.else();
      case OP.catch:
      case OP.catchAll:
        if (opcode === OP.catch) cursor.skipLeb();
        return this.#exceptions.catch();
      case OP.delegate:
        cursor.skipLeb();
        return this.#end();
      case OP.unreachable:
        break;
      case OP.br:
        walk.flush();
        this.#branches.branch(cursor.u32());
        break;
      case OP.return:
        walk.flush();
        this.#branches.branch(walk.top);
        break;
      case OP.brTable:
        walk.flush();
        for (let left = cursor.u32(); left >= 0; left--) this.#branches.branch(cursor.u32());
        break;
      case OP.throw:
      case OP.rethrow:
      case OP.throwRef:
        cursor.skipImmediates(opcode);
        walk.weight += WEIGHT.throw;
        walk.flush();
        walk.mustHold(HOLDS.global, 'it throws while the counter is not where its handler looks for it');
        this.#exceptions.mayThrow(0, false);
        break;
      default:
        cursor.skipImmediates(opcode);
        walk.refuse('the checker does not know this instruction');
    }
    walk.flush();
    setUnreachable(walk.paths, 0);
  }

  #end(): void {
    const walk = this.#walk;
    const frame = walk.frame(walk.top);
    walk.stack.forget(walk.at);
    walk.counted.forget();
    walk.weight -= 1;
    if (frame.kind === FRAME.counted) return this.#loops.leaveCounted();
    walk.flush();
    switch (frame.kind) {
      case FRAME.function:
        this.#branches.leave();
        break;
      case FRAME.loop:
        walk.loops -= 1;
        break;
      case FRAME.then:
        joinPaths(frame.exit, 0, frame.other, 0);
        this.#branches.join(frame);
        break;
      case FRAME.try:
      case FRAME.catch:
        this.#exceptions.passOn(frame);
        this.#branches.join(frame);
        break;
      case FRAME.tryTable:
        this.#exceptions.passOn(frame);
        this.#branches.join(frame);
        walk.top -= 1;
        return this.#exceptions.handlers(frame);
      default:
        this.#branches.join(frame);
    }
    walk.top -= 1;
  }
}
