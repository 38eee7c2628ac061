// SPDX-License-Identifier: MIT
import { Arithmetic } from './arithmetic.ts';
import { Branches } from './branches.ts';
import { BulkOperations } from './bulk-operations.ts';
import { type CallGraph, skipLocals } from './call-graph.ts';
import { Calls, type ReportUncharged } from './calls.ts';
import { Control } from './control.ts';
import { Exceptions } from './exceptions.ts';
import { FRAME } from './frames.ts';
import { OP, popsOf, pushesOf } from './instruction-set.ts';
import { MOST_TAIL_PER_PLACE, WEIGHT } from './limits.ts';
import { Loops } from './loops.ts';
import type { ModuleFacts } from './module-facts.ts';
import { NotProved } from './not-proved.ts';
import { DEPTH, isReachable, longestOf, NEVER, PATHS } from './paths.ts';
import type { Summaries, Summary } from './summaries.ts';
import { VALUE } from './value-stack.ts';
import { Variables } from './variables.ts';
import { Walk } from './walk.ts';

/**
 * Follows all ways through a function at once, in one pass over its bytes: WebAssembly's branches go forward, or
 * to the beginning of a loop that is still open. What comes back there is known before: ways on which a charge and a
 * poll lie since that beginning, or else the module is refused.
 */
export class FunctionProof {
  readonly #facts: ModuleFacts;
  readonly #walk: Walk;
  readonly #variables: Variables;
  readonly #arithmetic: Arithmetic;
  readonly #bulk: BulkOperations;
  readonly #loops: Loops;
  readonly #calls: Calls;
  readonly #control: Control;

  constructor(facts: ModuleFacts, graph: CallGraph, summaries: Summaries, reportUncharged: ReportUncharged) {
    this.#facts = facts;
    const walk = (this.#walk = new Walk(facts));
    const variables = (this.#variables = new Variables(facts, walk));
    this.#arithmetic = new Arithmetic(walk, variables);
    this.#bulk = new BulkOperations(facts, walk);
    this.#loops = new Loops(walk);
    const branches = new Branches(walk, this.#loops);
    const exceptions = new Exceptions(walk, variables, branches);
    const callees = { graph, summaries, reportUncharged };
    this.#calls = new Calls(facts, callees, walk, variables, branches, exceptions);
    this.#control = new Control(walk, this.#loops, branches, exceptions, this.#calls);
  }

  /** The longest way without a poll in the function that was proved last, in instructions. */
  get longest(): number {
    return this.#walk.longest;
  }

  /** Whether it needs that the functions of its recursion leave the depth as they found it. */
  get reliesOnKeptDepth(): boolean {
    return this.#calls.reliesOnKeptDepth;
  }

  /** @throws {NotProved} */
  prove(index: number): Summary {
    try {
      this.#loops.keepDepth = true;
      const summary = this.#follow(index);
      if (this.#loops.keepDepth) return summary;
      // It goes round a loop with another depth in the global than it came with: the loop's beginning knows none then.
      return this.#follow(index);
    } catch (error) {
      if (error instanceof NotProved && error.functionIndex === undefined)
        throw new NotProved(error.reason, error.offset, index);
      throw error;
    }
  }

  #follow(index: number): Summary {
    const walk = this.#walk;
    this.#begin(index);
    const { cursor } = walk;
    while (walk.top >= 0) {
      walk.at = cursor.position;
      walk.weight += 1;
      this.#instruction(cursor.byte());
    }
    if (cursor.position !== cursor.end) walk.refuse('there are bytes behind its end');
    return this.#finish();
  }

  #begin(index: number): void {
    const walk = this.#walk;
    walk.begin(index - this.#facts.importedFunctions);
    this.#variables.begin(index);
    this.#calls.begin(index);
    skipLocals(walk.cursor);
    walk.open(FRAME.function);
  }

  #finish(): Summary {
    const walk = this.#walk;
    const exit = walk.frame(0).exit;
    const tail = longestOf(exit);
    const afterReturn = exit[PATHS.sinceReturn] ?? -1;
    const returnPlaces = exit[PATHS.returnPlaces] ?? NEVER;
    if (afterReturn > returnPlaces * MOST_TAIL_PER_PLACE)
      walk.refuse('it may work too long on the way out of a recursion');
    return {
      lead: walk.lead,
      through: exit[PATHS.sinceEntry] ?? -1,
      tail: Math.max(0, tail),
      afterReturn,
      returnPlaces,
      touchesCounter: this.#variables.touchesCounter,
      returns: isReachable(exit, 0),
      leavesSolvent: isReachable(exit, 0) && (exit[0] ?? -1) < 0,
      keepsDepth: !isReachable(exit, 0) || exit[PATHS.depth] === DEPTH.caller,
    };
  }

  #instruction(opcode: number): void {
    const walk = this.#walk;
    const { cursor, stack } = walk;
    switch (opcode) {
      case OP.localGet:
        return this.#variables.localGet(cursor.u32());
      case OP.localSet:
        return this.#variables.localSet(cursor.u32(), false);
      case OP.localTee:
        return this.#variables.localSet(cursor.u32(), true);
      case OP.globalGet:
        return this.#variables.globalGet(cursor.u32());
      case OP.globalSet:
        return this.#variables.globalSet(cursor.u32());
      case OP.i32Const:
        return stack.push(VALUE.const32, cursor.signed());
      case OP.i64Const:
        return stack.push(VALUE.const64, cursor.signed());
      case OP.i32Add:
        return this.#arithmetic.add();
      case OP.i32Sub:
        return this.#arithmetic.subtract();
      case OP.i32DivU:
      case OP.i32RemU:
        return this.#arithmetic.divide(opcode === OP.i32DivU ? VALUE.quotient : VALUE.remainder);
      case OP.i32Eqz:
        return this.#arithmetic.isZero();
      case OP.i32And:
        return this.#arithmetic.and();
      case OP.i32Ne:
      case OP.i32LtS:
      case OP.i32LtU:
      case OP.i32GtS:
      case OP.i32GtU:
      case OP.i32LeU:
      case OP.i32GeU:
        return this.#arithmetic.compare(opcode);
      case OP.select:
        return this.#arithmetic.select();
      case OP.i64ExtendI32U:
        return this.#arithmetic.extend();
      case OP.i64Sub:
        return this.#arithmetic.charge();
      case OP.i64Mul:
      case OP.i64ShrU:
      case OP.i64Or:
        return this.#arithmetic.amount(opcode);
      case OP.i64LtS:
      case OP.i64GeS:
        return this.#arithmetic.sign(opcode === OP.i64LtS ? VALUE.isNegative : VALUE.isNotNegative);
      case OP.nop:
      case OP.drop:
        walk.weight -= 1;
        return stack.replace(popsOf(opcode), 0, walk.at);
      case OP.tableGet:
      case OP.tableSet:
        this.#bulk.mayUseTable(cursor.u32());
        return stack.replace(popsOf(opcode), pushesOf(opcode), walk.at);
      case OP.memoryGrow:
        walk.weight += WEIGHT.memoryGrow;
        walk.notCounted();
        break;
      case OP.miscellaneous:
        return this.#bulk.instruction();
      case OP.selectTyped:
      case OP.vector:
        cursor.skipImmediates(opcode);
        return stack.forget(walk.at);
      default:
        if (opcode < OP.drop || opcode === OP.tryTable) return this.#control.instruction(opcode);
    }
    cursor.skipImmediates(opcode);
    stack.replace(popsOf(opcode), pushesOf(opcode), walk.at);
  }
}
