// SPDX-License-Identifier: MIT
import { FRAME } from './frames.ts';
import { MISC, OP } from './instruction-set.ts';
import { BYTES_PER_INSTRUCTION, MOST_BULK_BYTES, WEIGHT } from './limits.ts';
import type { ModuleFacts } from './module-facts.ts';
import { setUnreachable } from './paths.ts';
import { VALUE } from './value-stack.ts';
import type { Walk } from './walk.ts';

/** Single instructions that work for long: their lengths must be known to be small, as no poll can come in between. */
export class BulkOperations {
  readonly #facts: ModuleFacts;
  readonly #walk: Walk;

  constructor(facts: ModuleFacts, walk: Walk) {
    this.#facts = facts;
    this.#walk = walk;
  }

  instruction(): void {
    const walk = this.#walk;
    const { cursor } = walk;
    const start = cursor.position;
    const number = cursor.skipImmediates(OP.miscellaneous);
    if (number < MISC.memoryInit) return walk.stack.replace(1, 1, walk.at);
    // It only reads: a fast loop may hold it too.
    if (number !== MISC.tableSize) walk.notCounted();
    const next = cursor.position;
    cursor.position = start;
    cursor.u32();
    this.#bulk(number);
    cursor.position = next;
    walk.stack.forget(walk.at);
  }

  #bulk(number: number): void {
    const walk = this.#walk;
    const { cursor } = walk;
    switch (number) {
      case MISC.memoryInit:
      case MISC.memoryCopy:
      case MISC.memoryFill:
        walk.weight += WEIGHT.bulkMemory + Math.ceil(this.#mostBytes() / BYTES_PER_INSTRUCTION);
        return;
      case MISC.tableInit:
        cursor.u32();
        walk.weight += WEIGHT.bulkTable;
        return this.mayUseTable(cursor.u32());
      case MISC.tableCopy:
        walk.weight += WEIGHT.bulkTable;
        this.mayUseTable(cursor.u32());
        return this.mayUseTable(cursor.u32());
      case MISC.tableGrow:
      case MISC.tableFill:
        walk.weight += WEIGHT.bulkTable;
        return this.mayUseTable(cursor.u32());
      case MISC.tableSize:
        return this.mayUseTable(cursor.u32());
      default:
    }
  }

  /** The length of a bulk operation is on top of the stack. @returns what it is at most */
  #mostBytes(): number {
    const walk = this.#walk;
    const { stack } = walk;
    const kind = stack.pop();
    const length = stack.p;
    const isShort =
      ((kind === VALUE.const32 || kind === VALUE.bounded) && length >= 0 && length <= MOST_BULK_BYTES) ||
      (kind === VALUE.local && this.#boundOf(length) <= MOST_BULK_BYTES);
    if (isShort) return kind === VALUE.const32 ? length : MOST_BULK_BYTES;
    stack.pop();
    const traps =
      kind === VALUE.const32 && stack.pop() === VALUE.const32 && (stack.p >>> 0) + (length >>> 0) > 2 ** 32;
    if (!traps) walk.refuse(`a bulk operation may move more than ${MOST_BULK_BYTES} bytes`);
    setUnreachable(walk.paths, 0);
    return 0;
  }

  /** What a local is known to be at most, here: since the beginning of the innermost loop. */
  #boundOf(local: number): number {
    const walk = this.#walk;
    for (let index = walk.top; index >= 0; index--) {
      const frame = walk.frame(index);
      if (frame.factLocal === local && walk.locals.lastSet(local) <= frame.factAt) return frame.factBound;
      if (frame.kind === FRAME.loop) break;
    }
    return Infinity;
  }

  mayUseTable(table: number): void {
    if (table === this.#facts.slowTable) this.#walk.refuse('it uses the table of the slow function');
  }
}
