// SPDX-License-Identifier: MIT
import { type CallGraph, skipLocals } from './call-graph.ts';
import { CountedLoop } from './counted-loop.ts';
import { Cursor } from './cursor.ts';
import { FRAME, Frame, NO_LOCAL } from './frames.ts';
import { MISC, OP, popsOf, pushesOf } from './instruction-set.ts';
import {
  DEPTH_LIMIT,
  HIGHEST_CODE,
  LEAST_FRAME,
  MOST_BEFORE_BACK_EDGE,
  MOST_BULK_BYTES,
  MOST_CHARGE,
  MOST_TAIL_PER_PLACE,
  MOST_UNPOLLED,
  WEIGHT,
} from './limits.ts';
import { LocalUse } from './local-use.ts';
import type { ModuleFacts } from './module-facts.ts';
import { NotProved } from './not-proved.ts';
import {
  copyPaths,
  DEPTH,
  HOLDS,
  isReachable,
  joinPaths,
  keepNegative,
  mergeSolvent,
  NEVER,
  PATHS,
  setUnreachable,
  startAfresh,
} from './paths.ts';
import type { Summaries, Summary } from './summaries.ts';
import { constantOperand, isMetersValue, VALUE, ValueStack } from './value-stack.ts';

/** An edge of the call graph that a way without a charge leads to. */
type ReportUncharged = (caller: number, callee: number) => void;

const TRIP_CHARGE = 2;
const CERTAIN_CHARGE = 1;
/** The largest price of one unit of anything: a page, sixteen bytes, an iteration. */
const MOST_FACTOR = 2 ** 20;

/**
 * Follows all ways through a function at once, in one pass over its bytes: WebAssembly's branches go forward, or
 * to the beginning of a loop that is still open. What comes back there is known before: ways on which a charge and a
 * poll lie since that beginning, or else the module is refused.
 */
export class FunctionProof {
  readonly #facts: ModuleFacts;
  readonly #graph: CallGraph;
  readonly #summaries: Summaries;
  readonly #reportUncharged: ReportUncharged;
  readonly #stack = new ValueStack();
  readonly #locals = new LocalUse();
  readonly #counted = new CountedLoop();
  readonly #frames: Frame[] = [];
  readonly #paths = new Int32Array(PATHS.size);
  readonly #scratch = new Int32Array(PATHS.size);
  #cursor: Cursor;
  #index = 0;
  #params = 0;
  #component = 0;
  /** where the instruction begins that is looked at */
  #at = 0;
  /** instructions since the last time that they were added to the ways */
  #weight = 0;
  #top = 0;
  #loops = 0;
  #innermostTry = -1;
  #counterLocal = NO_LOCAL;
  #depthLocal = NO_LOCAL;
  #callerDepthLocal = NO_LOCAL;
  #places = 0;
  #touchesCounter = false;
  #reliesOnKeptDepth = false;
  #loopsKeepDepth = true;
  /** what the last charge by iterations was made of */
  #trip = { local: NO_LOCAL, divisor: 1, price: 0 };
  #lead = 0;
  #longest = 0;

  constructor(facts: ModuleFacts, graph: CallGraph, summaries: Summaries, report: ReportUncharged) {
    this.#facts = facts;
    this.#graph = graph;
    this.#summaries = summaries;
    this.#reportUncharged = report;
    this.#cursor = new Cursor(facts.bytes);
  }

  /** The longest way without a poll in the function that was proved last, in instructions. */
  get longest(): number {
    return this.#longest;
  }

  /** Whether it needs that the functions of its recursion leave the depth as they found it. */
  get reliesOnKeptDepth(): boolean {
    return this.#reliesOnKeptDepth;
  }

  /** @throws {NotProved} */
  prove(index: number): Summary {
    try {
      this.#loopsKeepDepth = true;
      const summary = this.#follow(index);
      if (this.#loopsKeepDepth) return summary;
      // It goes round a loop with another depth in the global than it came with: the loop's beginning knows none then.
      return this.#follow(index);
    } catch (error) {
      if (error instanceof NotProved && error.functionIndex === undefined)
        throw new NotProved(error.reason, error.offset, index);
      throw error;
    }
  }

  #follow(index: number): Summary {
    this.#begin(index);
    const cursor = this.#cursor;
    while (this.#top >= 0) {
      this.#at = cursor.position;
      this.#weight += 1;
      this.#instruction(cursor.byte());
    }
    if (cursor.position !== cursor.end) this.#refuse('there are bytes behind its end');
    return this.#finish();
  }

  #begin(index: number): void {
    const facts = this.#facts;
    const defined = index - facts.importedFunctions;
    this.#cursor = new Cursor(facts.bytes, facts.bodyStart[defined], facts.bodyEnd[defined]);
    this.#index = index;
    this.#component = this.#graph.component[index] ?? 0;
    this.#params = facts.typeParams[facts.functionTypes[index] ?? 0] ?? 0;
    this.#at = this.#cursor.position;
    this.#weight = this.#loops = this.#places = this.#lead = this.#longest = 0;
    this.#top = this.#innermostTry = -1;
    this.#counterLocal = this.#depthLocal = this.#callerDepthLocal = NO_LOCAL;
    this.#touchesCounter = this.#reliesOnKeptDepth = false;
    this.#counted.forget();
    this.#counted.isOpen = false;
    this.#locals.begin();
    this.#stack.clear();
    setUnreachable(this.#paths, 0);
    this.#paths[0] = this.#paths[PATHS.unpolledFrom] = this.#paths[PATHS.unchargedFrom] = 0;
    this.#paths[PATHS.sinceEntry] = 0;
    this.#paths[PATHS.holds] = HOLDS.global;
    this.#paths[PATHS.depth] = DEPTH.caller;
    skipLocals(this.#cursor);
    this.#open(FRAME.function);
  }

  #finish(): Summary {
    const exit = this.#frame(0).exit;
    const tail = longestOf(exit);
    const afterReturn = exit[PATHS.sinceReturn] ?? -1;
    const returnPlaces = exit[PATHS.returnPlaces] ?? NEVER;
    if (afterReturn > returnPlaces * MOST_TAIL_PER_PLACE)
      this.#refuse('it may work too long on the way out of a recursion');
    return {
      lead: this.#lead,
      through: exit[PATHS.sinceEntry] ?? -1,
      tail: Math.max(0, tail),
      afterReturn,
      returnPlaces,
      touchesCounter: this.#touchesCounter,
      returns: isReachable(exit, 0),
      leavesSolvent: isReachable(exit, 0) && (exit[0] ?? -1) < 0,
      keepsDepth: !isReachable(exit, 0) || exit[PATHS.depth] === DEPTH.caller,
    };
  }

  // One instruction

  #instruction(opcode: number): void {
    const cursor = this.#cursor;
    const stack = this.#stack;
    switch (opcode) {
      case OP.localGet:
        return this.#localGet(cursor.u32());
      case OP.localSet:
        return this.#localSet(cursor.u32(), false);
      case OP.localTee:
        return this.#localSet(cursor.u32(), true);
      case OP.globalGet:
        return this.#globalGet(cursor.u32());
      case OP.globalSet:
        return this.#globalSet(cursor.u32());
      case OP.i32Const:
        return stack.push(VALUE.const32, cursor.signed());
      case OP.i64Const:
        return stack.push(VALUE.const64, cursor.signed());
      case OP.i32Add:
        return this.#add();
      case OP.i32Sub:
        return this.#subtract();
      case OP.i32DivU:
      case OP.i32RemU:
        return this.#divide(opcode === OP.i32DivU ? VALUE.quotient : VALUE.remainder);
      case OP.i32Eqz:
        return this.#isZero();
      case OP.i32And:
        return this.#and();
      case OP.i32Ne:
      case OP.i32LtS:
      case OP.i32LtU:
      case OP.i32GtS:
      case OP.i32GtU:
      case OP.i32LeU:
      case OP.i32GeU:
        return this.#compare(opcode);
      case OP.select:
        return this.#select();
      case OP.i64ExtendI32U:
        return this.#extend();
      case OP.i64Sub:
        return this.#charge();
      case OP.i64Mul:
      case OP.i64ShrU:
      case OP.i64Or:
        return this.#amount(opcode);
      case OP.i64LtS:
      case OP.i64GeS:
        return this.#sign(opcode === OP.i64LtS ? VALUE.isNegative : VALUE.isNotNegative);
      case OP.nop:
      case OP.drop:
        this.#weight -= 1;
        return stack.replace(popsOf(opcode), 0, this.#at);
      case OP.tableGet:
      case OP.tableSet:
        this.#mayUseTable(cursor.u32());
        return stack.replace(popsOf(opcode), pushesOf(opcode), this.#at);
      case OP.memoryGrow:
        this.#weight += WEIGHT.memoryGrow;
        this.#notCounted();
        break;
      case OP.miscellaneous:
        return this.#miscellaneous();
      case OP.selectTyped:
      case OP.vector:
        cursor.skipImmediates(opcode);
        return stack.forget(this.#at);
      default:
        if (opcode < OP.drop || opcode === OP.tryTable) return this.#control(opcode);
    }
    cursor.skipImmediates(opcode);
    stack.replace(popsOf(opcode), pushesOf(opcode), this.#at);
  }

  // Locals and globals

  #localGet(local: number): void {
    const stack = this.#stack;
    if (local === this.#counterLocal) {
      this.#mustHold(HOLDS.local, 'it reads a counter that is out of date');
      this.#notCounted();
      return stack.push(VALUE.fuel);
    }
    if (local === this.#depthLocal) {
      this.#mustHold(HOLDS.ownDepth, 'it uses a depth that was not compared with the limit');
      return stack.push(VALUE.ownDepth);
    }
    if (local === this.#callerDepthLocal) {
      this.#mustHold(HOLDS.callerDepth, 'it uses a depth that was not saved');
      return stack.push(VALUE.callerDepth);
    }
    this.#locals.use(local);
    stack.push(VALUE.local, local);
  }

  #localSet(local: number, keeps: boolean): void {
    const stack = this.#stack;
    const kind = stack.pop();
    const { p, q } = stack;
    if (isMetersValue(kind)) return this.#setMetersLocal(local, kind, p, keeps);
    const roles = [this.#counterLocal, this.#depthLocal, this.#callerDepthLocal];
    if (roles.includes(local)) this.#refuse("it sets a local of the meter's to something else");
    const isDifference = kind === VALUE.difference && stack.r === this.#counted.difference;
    const wrong = this.#counted.isOpen ? this.#counted.set(local, kind, p, q) : undefined;
    if (wrong !== undefined) this.#refuse(wrong);
    this.#locals.set(local, this.#at);
    stack.invalidate(local);
    // What looks like a part of a guard may itself be the difference of another: a local less one.
    const isAnother = kind === VALUE.differenceLessOne && p !== NO_LOCAL;
    if (isAnother) this.#counted.begin(p, constantOperand(1), this.#at);
    if (isDifference || isAnother) this.#counted.keep(local, this.#at);
    if (kind === VALUE.bounded) this.#frame(this.#top).know(local, p, this.#at);
    if (keeps) stack.push(VALUE.local, local);
  }

  #setMetersLocal(local: number, kind: number, p: number, keeps: boolean): void {
    const stack = this.#stack;
    const isDepth = kind >= VALUE.callerDepth;
    if (!isDepth) {
      this.#counterLocal = this.#role(local, this.#counterLocal);
      this.#store(HOLDS.local, kind, p);
      if (keeps) stack.push(VALUE.fuel);
      return;
    }
    if (kind === VALUE.callerDepth) {
      this.#callerDepthLocal = this.#role(local, this.#callerDepthLocal);
      this.#setHolds(HOLDS.callerDepth, 0);
    } else if (kind === VALUE.newDepth) {
      if (this.#places !== 0 && this.#places !== p) this.#refuse('its frame has two sizes');
      this.#places = p;
      this.#depthLocal = this.#role(local, this.#depthLocal);
      this.#setHolds(0, HOLDS.ownDepth);
    } else this.#refuse('it copies its depth');
    if (keeps) stack.push(kind, p);
  }

  /** The local that carries one of the meter's values: one for each, and for nothing else. */
  #role(local: number, known: number): number {
    if (local === known) return local;
    const isFree = known === NO_LOCAL && local >= this.#params && !this.#locals.isUsed(local);
    const others = [this.#counterLocal, this.#depthLocal, this.#callerDepthLocal];
    if (!isFree || others.includes(local))
      this.#refuse("it keeps a value of the meter's in a local of its own");
    return local;
  }

  #globalGet(global: number): void {
    const stack = this.#stack;
    if (global === this.#facts.counter) {
      this.#touchesCounter = true;
      this.#mustHold(HOLDS.global, 'it reads a counter that is out of date');
      this.#notCounted();
      return stack.push(VALUE.fuel);
    }
    if (global !== this.#facts.depth) return stack.push(VALUE.other);
    if (this.#isReachable && this.#paths[PATHS.depth] !== DEPTH.caller)
      this.#refuse("it takes for its caller's depth what is not");
    stack.push(VALUE.callerDepth);
  }

  #globalSet(global: number): void {
    const stack = this.#stack;
    const kind = stack.pop();
    if (global === this.#facts.counter) {
      const isCounter = kind >= VALUE.fuel && kind <= VALUE.refilled;
      if (!isCounter) this.#refuse('it sets the counter to something else than itself, less a charge');
      return this.#store(HOLDS.global, kind, stack.p);
    }
    if (global === this.#facts.depth) {
      if (kind !== VALUE.callerDepth && kind !== VALUE.ownDepth)
        this.#refuse('it sets the depth to what it is not');
      if (this.#isReachable) this.#paths[PATHS.depth] = kind === VALUE.ownDepth ? DEPTH.own : DEPTH.caller;
      return;
    }
    if (isMetersValue(kind)) this.#refuse("it keeps a value of the meter's in a global of its own");
  }

  /** Writes the counter back to where it is from now on. */
  #store(to: number, kind: number, certainty: number): void {
    this.#touchesCounter = true;
    this.#notCounted();
    if (kind === VALUE.fuel) return this.#setHolds(to, 0);
    this.#flush();
    if (kind === VALUE.refilled) startAfresh(this.#paths);
    else this.#charged(certainty);
    this.#setHolds(to, (HOLDS.global | HOLDS.local) & ~to);
  }

  #charged(certainty: number): void {
    const paths = this.#paths;
    mergeSolvent(paths);
    const isCertain = certainty === CERTAIN_CHARGE || (certainty === TRIP_CHARGE && this.#payCountedLoop());
    if (isCertain) paths[PATHS.unchargedFrom] = NEVER;
  }

  /** Notes that all iterations of a counted loop are paid. @returns whether they are */
  #payCountedLoop(): boolean {
    const { guard, kind } = this.#frame(this.#top);
    const { local, divisor, price } = this.#trip;
    const isPaid =
      kind === FRAME.then &&
      local === this.#counted.local &&
      divisor === Math.max(1, guard.modulus) &&
      this.#counted.holds(guard, this.#locals);
    if (isPaid) guard.paid = price;
    return isPaid;
  }

  // Arithmetic

  #add(): void {
    const stack = this.#stack;
    const right = stack.pop();
    const rightP = stack.p;
    const left = stack.pop();
    const leftP = stack.p;
    if (left === VALUE.callerDepth && right === VALUE.const32) {
      if (rightP < LEAST_FRAME || rightP > DEPTH_LIMIT) this.#refuse('its frame has no sensible size');
      return stack.push(VALUE.newDepth, rightP);
    }
    this.#mustBePlain(left, right);
    if (left === VALUE.local && right === VALUE.const32) return stack.push(VALUE.step, leftP, rightP);
    if (left === VALUE.const32 && right === VALUE.local) return stack.push(VALUE.step, rightP, leftP);
    stack.push(VALUE.other);
  }

  #subtract(): void {
    const stack = this.#stack;
    const right = stack.pop();
    const rightP = stack.p;
    const left = stack.pop();
    const leftP = stack.p;
    if (left === VALUE.ownDepth && right === VALUE.const32) {
      if (rightP !== this.#places) this.#refuse('it takes another size from its depth than it added');
      return stack.push(VALUE.callerDepth);
    }
    this.#mustBePlain(left, right);
    const counted = this.#counted;
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
    stack.push(VALUE.difference, 0, 0, counted.begin(minuend, subtrahend, this.#at));
  }

  #divide(kind: number): void {
    const stack = this.#stack;
    const right = stack.pop();
    const divisor = stack.p;
    const left = stack.pop();
    this.#mustBePlain(left, right);
    const isKnown = left === VALUE.local && right === VALUE.const32 && divisor > 0;
    if (isKnown) stack.push(kind, stack.p, divisor);
    else stack.push(VALUE.other);
  }

  #isZero(): void {
    const stack = this.#stack;
    const kind = stack.pop();
    this.#mustBePlain(kind, VALUE.other);
    const counted = this.#counted;
    if (kind === VALUE.remainder && stack.p === counted.local && counted.difference !== 0)
      return stack.push(VALUE.guard, 0, stack.q, counted.difference * 2);
    stack.push(VALUE.other);
  }

  /** Where both must be nonzero, both hold. */
  #and(): void {
    const stack = this.#stack;
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
    const stack = this.#stack;
    const kind = stack.pop();
    this.#mustBePlain(kind, VALUE.other);
    const isGuard = kind === VALUE.guard;
    return {
      bound: isGuard ? stack.p : 0,
      modulus: isGuard ? stack.q : 0,
      difference: isGuard ? Math.floor(stack.r / 2) : 0,
      solvent: kind === VALUE.isNotNegative || (isGuard && stack.r % 2 === 1),
    };
  }

  #compare(opcode: number): void {
    const stack = this.#stack;
    const right = stack.pop();
    const rightP = stack.p;
    const left = stack.pop();
    const leftP = stack.p;
    if (left === VALUE.newDepth && right === VALUE.const32 && opcode === OP.i32GtU) {
      if (rightP <= 0 || rightP > DEPTH_LIMIT) this.#refuse('its calls may nest deeper than they may');
      return stack.push(VALUE.isTooDeep);
    }
    this.#mustBePlain(left, right);
    if (left === VALUE.differenceLessOne && right === VALUE.const32 && opcode === OP.i32LtU && rightP > 0)
      return stack.push(VALUE.guard, rightP, 0, stack.r * 2);
    const p = operandOf(left, leftP);
    const q = operandOf(right, rightP);
    if (p >= 0 && q >= 0) return stack.push(VALUE.comparison, p, q, opcode);
    stack.push(VALUE.other);
  }

  /** The lesser of a local and a constant is known to be no more than the constant. */
  #select(): void {
    const stack = this.#stack;
    const condition = stack.pop();
    const { p: compared, q: bound, r: comparison } = stack;
    const second = stack.pop();
    const otherwise = stack.p;
    const first = stack.pop();
    this.#mustBePlain(condition, second);
    this.#mustBePlain(first, VALUE.other);
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

  #extend(): void {
    const stack = this.#stack;
    const kind = stack.pop();
    this.#mustBePlain(kind, VALUE.other);
    if (kind === VALUE.local) stack.push(VALUE.trip, stack.p, 1, 1);
    else if (kind === VALUE.quotient) stack.push(VALUE.trip, stack.p, stack.q, 1);
    else stack.push(VALUE.amount);
  }

  #charge(): void {
    const stack = this.#stack;
    const amount = stack.pop();
    const { p, q, r } = stack;
    const from = stack.pop();
    if (from !== VALUE.fuel) {
      this.#mustBePlain(from, amount);
      return stack.push(VALUE.other);
    }
    if (amount === VALUE.const64) {
      if (p < 0 || p > MOST_CHARGE) this.#refuse('a charge is no price');
      return stack.push(VALUE.charged, p >= 1 ? CERTAIN_CHARGE : 0);
    }
    if (amount !== VALUE.trip && amount !== VALUE.amount)
      this.#refuse('it takes something from the counter that may be negative');
    this.#trip = { local: amount === VALUE.trip ? p : NO_LOCAL, divisor: q, price: r };
    stack.push(VALUE.charged, amount === VALUE.trip ? TRIP_CHARGE : 0);
  }

  /** What is made of an unsigned number and a small constant is no negative one either. */
  #amount(opcode: number): void {
    const stack = this.#stack;
    const right = stack.pop();
    const constant = stack.p;
    const left = stack.pop();
    const { p, q, r } = stack;
    this.#mustBePlain(left, right);
    const isAmount = left === VALUE.trip || left === VALUE.amount;
    if (!isAmount || right !== VALUE.const64) return stack.push(VALUE.other);
    if (opcode === OP.i64Or) return stack.push(constant <= HIGHEST_CODE ? VALUE.code : VALUE.other);
    if (opcode === OP.i64ShrU) return stack.push(VALUE.amount);
    const isSmall = constant >= 1 && constant <= MOST_FACTOR;
    if (left === VALUE.trip && r === 1 && isSmall) return stack.push(VALUE.trip, p, q, constant);
    stack.push(left === VALUE.trip && isSmall && r === 1 ? VALUE.amount : VALUE.other);
  }

  #sign(kind: number): void {
    const stack = this.#stack;
    const right = stack.pop();
    const zero = stack.p;
    const left = stack.pop();
    if (left === VALUE.fuel && right === VALUE.const64 && zero === 0) return stack.push(kind);
    this.#mustBePlain(left, right);
    stack.push(VALUE.other);
  }

  // Bulk operations

  #miscellaneous(): void {
    const cursor = this.#cursor;
    const start = cursor.position;
    const number = cursor.skipImmediates(OP.miscellaneous);
    if (number < MISC.memoryInit) return this.#stack.replace(1, 1, this.#at);
    // It only reads: a fast loop may hold it too.
    if (number !== MISC.tableSize) this.#notCounted();
    const next = cursor.position;
    cursor.position = start;
    cursor.u32();
    this.#bulk(number);
    cursor.position = next;
    this.#stack.forget(this.#at);
  }

  #bulk(number: number): void {
    const cursor = this.#cursor;
    switch (number) {
      case MISC.memoryInit:
      case MISC.memoryCopy:
      case MISC.memoryFill:
        this.#weight += WEIGHT.bulkMemory;
        return this.#mustBeShort();
      case MISC.tableInit:
        cursor.u32();
        this.#weight += WEIGHT.bulkTable;
        return this.#mayUseTable(cursor.u32());
      case MISC.tableCopy:
        this.#weight += WEIGHT.bulkTable;
        this.#mayUseTable(cursor.u32());
        return this.#mayUseTable(cursor.u32());
      case MISC.tableGrow:
      case MISC.tableFill:
        this.#weight += WEIGHT.bulkTable;
        return this.#mayUseTable(cursor.u32());
      case MISC.tableSize:
        return this.#mayUseTable(cursor.u32());
      default:
    }
  }

  /** The length of a bulk operation is on top of the stack. */
  #mustBeShort(): void {
    const stack = this.#stack;
    const kind = stack.pop();
    const length = stack.p;
    const isShort =
      ((kind === VALUE.const32 || kind === VALUE.bounded) && length >= 0 && length <= MOST_BULK_BYTES) ||
      (kind === VALUE.local && this.#boundOf(length) <= MOST_BULK_BYTES);
    if (isShort) return;
    stack.pop();
    const traps =
      kind === VALUE.const32 && stack.pop() === VALUE.const32 && (stack.p >>> 0) + (length >>> 0) > 2 ** 32;
    if (!traps) this.#refuse(`a bulk operation may move more than ${MOST_BULK_BYTES} bytes`);
    setUnreachable(this.#paths, 0);
  }

  /** What a local is known to be at most, here: since the beginning of the innermost loop. */
  #boundOf(local: number): number {
    for (let index = this.#top; index >= 0; index--) {
      const frame = this.#frame(index);
      if (frame.factLocal === local && this.#locals.lastSet(local) <= frame.factAt) return frame.factBound;
      if (frame.kind === FRAME.loop) break;
    }
    return Infinity;
  }

  #mayUseTable(table: number): void {
    if (table === this.#facts.slowTable) this.#refuse('it uses the table of the slow function');
  }

  // Calls

  #slowCall(opcode: number, typeClass: number): void {
    const stack = this.#stack;
    const place = stack.pop();
    const index = stack.p;
    const isRight =
      opcode === OP.callIndirect &&
      typeClass === this.#facts.slowTypeClass &&
      place === VALUE.const32 &&
      index === 0;
    if (!isRight) this.#refuse('it calls the slow function in a way of its own');
    const argument = stack.pop();
    this.#notCounted();
    this.#weight += WEIGHT.call;
    if (argument === VALUE.fuel) return stack.push(VALUE.refilled);
    const isCode = argument === VALUE.code || (argument === VALUE.const64 && stack.p <= HIGHEST_CODE);
    if (!isCode) this.#refuse('it calls the slow function with something else than the counter');
    stack.push(VALUE.other);
  }

  #callIndirect(opcode: number): void {
    const typeClass = this.#facts.typeClass[this.#cursor.u32()] ?? 0;
    const table = this.#cursor.u32();
    if (table === this.#facts.slowTable) return this.#slowCall(opcode, typeClass);
    this.#call(this.#graph.classNode(typeClass), opcode === OP.returnCallIndirect);
  }

  #call(node: number, replacesFrame: boolean): void {
    this.#stack.forget(this.#at);
    this.#weight += WEIGHT.call;
    if (this.#counted.isOpen) return this.#callWithinCount(node, replacesFrame);
    this.#flush();
    if (!this.#isReachable) return;
    const callee = this.#summaries.of(node);
    const isLater = !this.#summaries.isKnown(node);
    if (callee.touchesCounter) {
      this.#touchesCounter = true;
      this.#mustHold(HOLDS.global, 'it makes a call while the counter is not where the callee looks for it');
    }
    this.#noteUncharged(node);
    if (isLater) this.#callLater(replacesFrame);
    this.#reach(callee.lead);
    this.#mayThrow(callee.lead, isLater);
    this.#return(callee, isLater);
    if (!replacesFrame) return;
    this.#leave();
    setUnreachable(this.#paths, 0);
  }

  /** A counted loop may call what knows nothing of the counter: it is as long as its longest way. */
  #callWithinCount(node: number, replacesFrame: boolean): void {
    const callee = this.#summaries.of(node);
    if (replacesFrame || !this.#summaries.isKnown(node) || callee.touchesCounter || callee.through < 0)
      this.#notCounted();
    this.#weight += callee.through;
  }

  /** On a circle of calls, one at least lies behind a charge. */
  #noteUncharged(node: number): void {
    if (this.#graph.component[node] !== this.#component) return;
    const paths = this.#paths;
    const unchargedFrom = Math.min(
      paths[PATHS.unchargedFrom] ?? NEVER,
      paths[PATHS.solvent + PATHS.unchargedFrom] ?? NEVER,
    );
    if (unchargedFrom === 0) this.#reportUncharged(this.#index, node);
  }

  /**
   * A call of what is not proved yet, as on every circle of calls one must be: on all ways to it lies a check, and
   * it is counted. All other calls lead to what is proved, and so to no circle.
   */
  #callLater(replacesFrame: boolean): void {
    const paths = this.#paths;
    if ((paths[PATHS.sinceEntry] ?? -1) >= 0) this.#refuse('it can call itself again without a check');
    const depth = paths[PATHS.depth] ?? DEPTH.unknown;
    if (replacesFrame) {
      if (depth !== DEPTH.caller) this.#refuse('it replaces its frame without leaving its depth');
      return;
    }
    if (depth < DEPTH.own) this.#refuse('it can call itself again without counting its depth');
    if (depth === DEPTH.ownIfKept) this.#reliesOnKeptDepth = true;
  }

  /** What is known when a call has come back. */
  #return(callee: Summary, isLater: boolean): void {
    const paths = this.#paths;
    if (!callee.returns) return setUnreachable(paths, 0);
    const { solvent } = PATHS;
    if (callee.touchesCounter) mergeSolvent(paths);
    for (const part of [0, solvent]) {
      const length = paths[part] ?? -1;
      if (length < 0) continue;
      const through = callee.through < 0 ? 0 : length + callee.through;
      paths[part] = Math.max(through, isLater ? 0 : callee.tail);
      if (callee.through < 0) paths[part + PATHS.unpolledFrom] = NEVER;
    }
    for (const since of [PATHS.sinceEntry, PATHS.sinceReturn]) {
      const length = paths[since] ?? -1;
      if (length >= 0) paths[since] = callee.through < 0 ? -1 : length + callee.through;
    }
    if ((paths[PATHS.sinceReturn] ?? -1) < 0) paths[PATHS.returnPlaces] = NEVER;
    if ((paths[PATHS.depth] ?? 0) >= DEPTH.own) this.#comeBack(0, this.#places);
    else if (callee.afterReturn >= 0) this.#comeBack(callee.afterReturn, callee.returnPlaces);
    if (callee.leavesSolvent && callee.touchesCounter) {
      for (let field = 0; field < solvent; field++) {
        paths[solvent + field] = paths[field] ?? 0;
        paths[field] = field === 0 ? -1 : NEVER;
      }
    }
    if (callee.touchesCounter) this.#setHolds(HOLDS.global, HOLDS.local);
    if (!callee.keepsDepth) paths[PATHS.depth] = DEPTH.unknown;
    else if (isLater && paths[PATHS.depth] === DEPTH.own) paths[PATHS.depth] = DEPTH.ownIfKept;
  }

  /** So much was done already, without a poll, on the way out of calls that were counted. */
  #comeBack(length: number, places: number): void {
    const paths = this.#paths;
    paths[PATHS.sinceReturn] = Math.max(length, paths[PATHS.sinceReturn] ?? -1);
    paths[PATHS.returnPlaces] = Math.min(places, paths[PATHS.returnPlaces] ?? NEVER);
  }

  /** An exception may fly from here to the handlers of the innermost `try`. */
  #mayThrow(lead: number, isLater: boolean): void {
    if (this.#innermostTry < 0 || !this.#isReachable) return;
    const flying = Int32Array.from(this.#paths);
    mergeSolvent(flying);
    flying[0] = (flying[0] ?? 0) + lead + WEIGHT.throw;
    for (const since of [PATHS.sinceEntry, PATHS.sinceReturn]) {
      const length = flying[since] ?? -1;
      if (length >= 0) flying[since] = length + lead + WEIGHT.throw;
    }
    if (isLater) {
      flying[PATHS.sinceReturn] = Math.max(WEIGHT.throw, flying[PATHS.sinceReturn] ?? -1);
      flying[PATHS.returnPlaces] = Math.min(this.#places, flying[PATHS.returnPlaces] ?? NEVER);
    }
    flying[PATHS.holds] = HOLDS.global | ((flying[PATHS.holds] ?? 0) & ~HOLDS.local);
    flying[PATHS.depth] = DEPTH.unknown;
    joinPaths(this.#frame(this.#innermostTry).other, 0, flying, 0);
  }

  // Control

  #control(opcode: number): void {
    const cursor = this.#cursor;
    switch (opcode) {
      case OP.brIf:
        return this.#branchIf(cursor.u32());
      case OP.end:
        return this.#end();
      case OP.call:
        return this.#call(cursor.u32(), false);
      case OP.returnCall:
        return this.#call(cursor.u32(), true);
      case OP.callIndirect:
      case OP.returnCallIndirect:
        return this.#callIndirect(opcode);
      case OP.if:
        return this.#if();
      case OP.loop:
        return this.#loop();
      default:
    }
    this.#notCounted();
    this.#stack.forget(this.#at);
    this.#counted.forget();
    switch (opcode) {
      case OP.block:
      case OP.try:
        cursor.skipBlockType();
        this.#weight -= 1;
        this.#open(opcode === OP.block ? FRAME.block : FRAME.try);
        if (opcode === OP.try) this.#innermostTry = this.#top;
        return;
      case OP.tryTable:
        cursor.skipBlockType();
        this.#open(FRAME.tryTable);
        this.#frame(this.#top).clauses = cursor.position;
        for (let left = cursor.u32(); left > 0; left--) cursor.catchClause();
        this.#innermostTry = this.#top;
        return;
      case OP.else:
        return this.#else();
      case OP.catch:
      case OP.catchAll:
        if (opcode === OP.catch) cursor.skipLeb();
        return this.#catch();
      case OP.delegate:
        cursor.skipLeb();
        return this.#end();
      case OP.unreachable:
        break;
      case OP.br:
        this.#flush();
        this.#branch(cursor.u32());
        break;
      case OP.return:
        this.#flush();
        this.#branch(this.#top);
        break;
      case OP.brTable:
        this.#flush();
        for (let left = cursor.u32(); left >= 0; left--) this.#branch(cursor.u32());
        break;
      case OP.throw:
      case OP.rethrow:
      case OP.throwRef:
        cursor.skipImmediates(opcode);
        this.#weight += WEIGHT.throw;
        this.#flush();
        this.#mustHold(HOLDS.global, 'it throws while the counter is not where its handler looks for it');
        this.#mayThrow(0, false);
        break;
      default:
        cursor.skipImmediates(opcode);
        this.#refuse('the checker does not know this instruction');
    }
    this.#flush();
    setUnreachable(this.#paths, 0);
  }

  #open(kind: number): void {
    this.#top += 1;
    this.#frames[this.#top] ??= new Frame();
    this.#frame(this.#top).open(kind, this.#loops, this.#innermostTry);
  }

  #if(): void {
    const stack = this.#stack;
    this.#notCounted();
    const kind = stack.pop();
    const { p, q, r } = stack;
    this.#mustBePlain(kind, VALUE.other);
    stack.forget(this.#at);
    this.#cursor.skipBlockType();
    this.#flush();
    this.#open(FRAME.then);
    const frame = this.#frame(this.#top);
    copyPaths(frame.other, 0, this.#paths, 0);
    if (kind === VALUE.isTooDeep) {
      if (isReachable(frame.other, 0))
        frame.other[PATHS.holds] = (frame.other[PATHS.holds] ?? 0) | HOLDS.ownDepth;
    } else if (kind === VALUE.guard) {
      frame.guard.difference = Math.floor(r / 2);
      frame.guard.bound = p;
      frame.guard.modulus = q;
    } else if (kind === VALUE.comparison) frame.compare(p, q, r, this.#at);
    this.#split(kind, r, this.#paths, frame.other);
    if (kind !== VALUE.guard) this.#counted.forget();
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

  #branchIf(label: number): void {
    const stack = this.#stack;
    const kind = stack.pop();
    const { p, q, r } = stack;
    this.#mustBePlain(kind, VALUE.other);
    stack.forget(this.#at);
    if (this.#counted.isOpen) {
      const isRight = label === 0 && this.#counted.close(kind, p, q, r, this.#cursor.position);
      if (!isRight) this.#refuse('a counted loop does not end when it has counted');
      return;
    }
    this.#flush();
    this.#counted.forget();
    const staying = this.#scratch;
    copyPaths(staying, 0, this.#paths, 0);
    this.#split(kind, r, this.#paths, staying);
    this.#branch(label);
    copyPaths(this.#paths, 0, staying, 0);
  }

  #branch(label: number): void {
    if (label > this.#top) this.#refuse('it branches to a label that it does not have');
    if (!this.#isReachable) return;
    const target = this.#top - label;
    const frame = this.#frame(target);
    if (target === 0) this.#leave();
    else if (frame.kind === FRAME.loop) this.#goRound(frame);
    else joinPaths(frame.exit, 0, this.#paths, 0);
  }

  /** To the end of the function. */
  #leave(): void {
    if (!this.#isReachable) return;
    this.#mustHold(HOLDS.global, 'it returns while the counter is not where its caller looks for it');
    joinPaths(this.#frame(0).exit, 0, this.#paths, 0);
  }

  #loop(): void {
    const cursor = this.#cursor;
    const stack = this.#stack;
    this.#notCounted();
    stack.forget(this.#at);
    cursor.skipBlockType();
    this.#flush();
    this.#loops += 1;
    const around = this.#frame(this.#top);
    if (around.kind === FRAME.then && around.guard.paid > 0) return this.#openCountedLoop(around);
    this.#counted.forget();
    this.#open(FRAME.loop);
    if (!this.#isReachable) return;
    this.#chooseSide();
    const paths = this.#paths;
    if (!this.#loopsKeepDepth) paths[PATHS.depth] = DEPTH.unknown;
    for (const part of [0, PATHS.solvent]) {
      if (part !== 0 && (paths[part] ?? -1) < 0) continue;
      for (const field of [PATHS.unpolledFrom, PATHS.unchargedFrom])
        paths[part + field] = Math.min(paths[part + field] ?? NEVER, this.#loops);
    }
    // Ways that have gone round are among those on which the counter may be below zero.
    paths[0] = Math.max(paths[0] ?? 0, mostBeforeBackEdge(this.#loops));
    copyPaths(this.#frame(this.#top).other, 0, paths, 0);
  }

  /** Where the counter is in both its places, the loop is taken to know only the one that it begins with. */
  #chooseSide(): void {
    const both = HOLDS.global | HOLDS.local;
    if (((this.#paths[PATHS.holds] ?? 0) & both) !== both) return;
    const next = this.#cursor.bytes[this.#cursor.position];
    if (next === OP.localGet) this.#setHolds(0, HOLDS.global);
    else if (next === OP.globalGet) this.#setHolds(0, HOLDS.local);
  }

  #openCountedLoop(around: Frame): void {
    if (!this.#counted.holds(around.guard, this.#locals))
      this.#refuse('the guard of a counted loop has passed');
    const wrong = this.#counted.open(around.guard);
    if (wrong !== undefined) this.#refuse(wrong);
    around.guard.paid = 0;
    this.#open(FRAME.counted);
  }

  #goRound(frame: Frame): void {
    const paths = this.#paths;
    for (const part of [0, PATHS.solvent]) {
      const length = paths[part] ?? -1;
      if (length < 0) continue;
      if ((paths[part + PATHS.unpolledFrom] ?? NEVER) <= frame.loops)
        this.#refuse('a loop can go round without a check');
      if ((paths[part + PATHS.unchargedFrom] ?? NEVER) <= frame.loops)
        this.#refuse('a loop can go round without a charge');
      if (length > mostBeforeBackEdge(frame.loops)) this.#refuse('a loop works too long between its checks');
    }
    const missing = (frame.other[PATHS.holds] ?? 0) & ~(paths[PATHS.holds] ?? 0);
    if (missing !== 0) this.#refuse('a loop begins again with the counter in another place');
    const depth = frame.other[PATHS.depth];
    if (depth !== DEPTH.unknown && depth !== paths[PATHS.depth]) this.#loopsKeepDepth = false;
  }

  #else(): void {
    const frame = this.#frame(this.#top);
    if (frame.kind !== FRAME.then) this.#refuse('it has an else without its if');
    this.#weight -= 1;
    this.#flush();
    joinPaths(frame.exit, 0, this.#paths, 0);
    copyPaths(this.#paths, 0, frame.other, 0);
    frame.turn();
  }

  #catch(): void {
    const frame = this.#frame(this.#top);
    if (frame.kind !== FRAME.try && frame.kind !== FRAME.catch)
      this.#refuse('it has a catch without its try');
    this.#flush();
    joinPaths(frame.exit, 0, this.#paths, 0);
    copyPaths(this.#paths, 0, frame.other, 0);
    frame.kind = FRAME.catch;
    this.#innermostTry = frame.outerTry;
  }

  #end(): void {
    const frame = this.#frame(this.#top);
    this.#stack.forget(this.#at);
    this.#counted.forget();
    this.#weight -= 1;
    if (frame.kind === FRAME.counted) return this.#endCounted();
    this.#flush();
    switch (frame.kind) {
      case FRAME.function:
        this.#leave();
        break;
      case FRAME.loop:
        this.#loops -= 1;
        break;
      case FRAME.then:
        joinPaths(frame.exit, 0, frame.other, 0);
        this.#join(frame);
        break;
      case FRAME.try:
      case FRAME.catch:
        this.#passOn(frame);
        this.#join(frame);
        break;
      case FRAME.tryTable:
        this.#passOn(frame);
        this.#join(frame);
        this.#top -= 1;
        return this.#handlers(frame);
      default:
        this.#join(frame);
    }
    this.#top -= 1;
  }

  #endCounted(): void {
    const whole = this.#counted.end(this.#weight, this.#at);
    if (whole < 0) this.#refuse('a counted loop may run for too long');
    this.#weight = whole;
    this.#flush();
    this.#loops -= 1;
    this.#top -= 1;
  }

  #join(frame: Frame): void {
    joinPaths(frame.exit, 0, this.#paths, 0);
    copyPaths(this.#paths, 0, frame.exit, 0);
  }

  /** What no handler of this `try` takes, those of the one around it may. */
  #passOn(frame: Frame): void {
    this.#innermostTry = frame.outerTry;
    if (frame.outerTry >= 0) joinPaths(this.#frame(frame.outerTry).other, 0, frame.other, 0);
  }

  /** The clauses of a `try_table` branch as from behind its end. */
  #handlers(frame: Frame): void {
    const cursor = this.#cursor;
    const { position } = cursor;
    const after = this.#scratch;
    copyPaths(after, 0, this.#paths, 0);
    copyPaths(this.#paths, 0, frame.other, 0);
    cursor.position = frame.clauses;
    for (let left = cursor.u32(); left > 0; left--) this.#branch(cursor.catchClause());
    cursor.position = position;
    copyPaths(this.#paths, 0, after, 0);
  }

  // Ways

  get #isReachable(): boolean {
    return isReachable(this.#paths, 0);
  }

  /** Adds what was passed since the last time to all ways. */
  #flush(): void {
    const weight = this.#weight;
    this.#weight = 0;
    if (weight === 0) return;
    const paths = this.#paths;
    for (const part of [0, PATHS.solvent, PATHS.sinceEntry, PATHS.sinceReturn]) {
      const length = paths[part] ?? -1;
      if (length >= 0) paths[part] = length + weight;
    }
    this.#reach(0);
  }

  /** From here, so much more may pass before a poll. */
  #reach(further: number): void {
    const paths = this.#paths;
    const length = longestOf(paths);
    if (length < 0) return;
    if (length + further > this.#longest) this.#longest = length + further;
    if (this.#longest > MOST_UNPOLLED) this.#refuse('it may work too long without a check');
    const sinceEntry = paths[PATHS.sinceEntry] ?? -1;
    if (sinceEntry >= 0 && sinceEntry + further > this.#lead) this.#lead = sinceEntry + further;
  }

  #setHolds(add: number, remove: number): void {
    if (!this.#isReachable) return;
    this.#paths[PATHS.holds] = ((this.#paths[PATHS.holds] ?? 0) & ~remove) | add;
  }

  #mustHold(what: number, otherwise: string): void {
    if (this.#isReachable && ((this.#paths[PATHS.holds] ?? 0) & what) === 0) this.#refuse(otherwise);
  }

  #mustBePlain(one: number, other: number): void {
    if (isMetersValue(one) || isMetersValue(other))
      this.#refuse('the counter or the depth is used for something else than metering');
  }

  #notCounted(): void {
    if (this.#counted.isOpen) this.#refuse('a counted loop does something else than to count');
  }

  #frame(index: number): Frame {
    const frame = this.#frames[index];
    return frame ?? this.#refuse('it closes more blocks than it opened');
  }

  #refuse(reason: string): never {
    throw new NotProved(reason, this.#at);
  }
}

/** Less for inner loops: a way may leave one, back to the beginning of the one around it, without a poll. */
const mostBeforeBackEdge = (loops: number): number => MOST_BEFORE_BACK_EDGE - WEIGHT.betweenLoops * loops;

const longestOf = (paths: Int32Array): number => Math.max(paths[0] ?? -1, paths[PATHS.solvent] ?? -1);

function operandOf(kind: number, p: number): number {
  if (kind === VALUE.local) return p;
  return kind === VALUE.const32 ? constantOperand(p) : -1;
}
