// SPDX-License-Identifier: MIT
import { Cursor } from './cursor.ts';
import { COUNTER_EXPORT, DEPTH_EXPORT, MOST_TABLE_ENTRIES, SLOW_TABLE_EXPORT } from './limits.ts';
import { NotProved } from './not-proved.ts';

const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const FUNCREF = 0x70;
const I32 = 0x7f;
const I64 = 0x7e;
const FUNCTION_FORM = 0x60;

/** What the proof needs to know of the module as a whole. */
export interface ModuleFacts {
  readonly bytes: Uint8Array;
  /** for each type its class: types of equal structure share one */
  readonly typeClass: Int32Array;
  readonly typeClasses: number;
  /** number of parameters of each type */
  readonly typeParams: Int32Array;
  readonly importedFunctions: number;
  /** type of each function, imported ones first */
  readonly functionTypes: Int32Array;
  /** first byte and end of each body, by index among the functions that the module defines */
  readonly bodyStart: Int32Array;
  readonly bodyEnd: Int32Array;
  /** functions that a table or a reference may hold; those that code refers to are added while it is scanned */
  readonly referred: Uint8Array;
  readonly slowTable: number;
  readonly slowTypeClass: number;
  readonly counter: number;
  readonly depth: number;
}

interface Table {
  readonly type: number;
  readonly initial: number;
  readonly max: number;
}

interface Global {
  readonly type: number;
  readonly mutable: boolean;
  readonly zero: boolean;
}

/**
 * Reads everything but the code.
 * @throws {NotProved} when the meter's own things are not there or are within reach of anything else
 */
export function readFacts(bytes: Uint8Array): ModuleFacts {
  return new FactReader(bytes).read();
}

class FactReader {
  readonly #cursor: Cursor;
  readonly #classes = new Map<string, number>();
  readonly #typeClass: number[] = [];
  readonly #typeParams: number[] = [];
  readonly #functionTypes: number[] = [];
  readonly #tables: Table[] = [];
  readonly #globals: Global[] = [];
  readonly #exports = new Map<string, { readonly kind: number; readonly index: number }>();
  readonly #referredTo: number[] = [];
  readonly #writtenTables = new Set<number>();
  #importedFunctions = 0;
  #importedTables = 0;
  #importedGlobals = 0;
  #bodyStart = new Int32Array();
  #bodyEnd = new Int32Array();

  constructor(bytes: Uint8Array) {
    this.#cursor = new Cursor(bytes);
  }

  read(): ModuleFacts {
    const cursor = this.#cursor;
    cursor.position = 8;
    const whole = cursor.end;
    while (cursor.position < whole) {
      const id = cursor.byte();
      const end = cursor.u32() + cursor.position;
      if (end > whole) cursor.fail('a section is cut off');
      cursor.end = end;
      this.#section(id);
      cursor.position = end;
      cursor.end = whole;
    }
    const slowTable = this.#ownTable();
    return {
      bytes: cursor.bytes,
      typeClass: Int32Array.from(this.#typeClass),
      typeClasses: this.#classes.size,
      typeParams: Int32Array.from(this.#typeParams),
      importedFunctions: this.#importedFunctions,
      functionTypes: Int32Array.from(this.#functionTypes),
      bodyStart: this.#bodyStart,
      bodyEnd: this.#bodyEnd,
      referred: this.#referred(),
      slowTable,
      slowTypeClass: this.#classes.get(`${I64},>${I64},`) ?? -1,
      counter: this.#ownGlobal(COUNTER_EXPORT, I64),
      depth: this.#ownGlobal(DEPTH_EXPORT, I32),
    };
  }

  #section(id: number): void {
    switch (id) {
      case SECTION.type:
        return this.#each(() => this.#type());
      case SECTION.import:
        return this.#each(() => this.#import());
      case SECTION.function:
        return this.#each(() => this.#functionTypes.push(this.#cursor.u32()));
      case SECTION.table:
        return this.#each(() => this.#table());
      case SECTION.global:
        return this.#each(() => this.#global());
      case SECTION.export:
        return this.#each(() => this.#export());
      case SECTION.start:
        return this.#cursor.fail('it starts by itself, before it can be watched');
      case SECTION.element:
        return this.#each(() => this.#element());
      case SECTION.code:
        return this.#code();
      case SECTION.custom:
      case SECTION.memory:
      case SECTION.data:
      case SECTION.dataCount:
      case SECTION.tag:
        return;
      default:
        return this.#cursor.fail(`the checker does not know the section ${id}`);
    }
  }

  #each(read: () => unknown): void {
    for (let left = this.#cursor.u32(); left > 0; left--) read();
  }

  #type(): void {
    const cursor = this.#cursor;
    if (cursor.byte() !== FUNCTION_FORM) cursor.fail('it has a type that is no function type');
    const params = this.#valueTypes();
    const shape = `${params.map((type) => `${type},`).join('')}>${this.#valueTypes()
      .map((type) => `${type},`)
      .join('')}`;
    const known = this.#classes.get(shape) ?? this.#classes.size;
    this.#classes.set(shape, known);
    this.#typeClass.push(known);
    this.#typeParams.push(params.length);
  }

  #valueTypes(): number[] {
    return Array.from({ length: this.#cursor.u32() }, () => this.#cursor.byte());
  }

  #import(): void {
    const cursor = this.#cursor;
    cursor.text();
    cursor.text();
    switch (cursor.byte()) {
      case KIND.function:
        this.#functionTypes.push(cursor.u32());
        this.#importedFunctions += 1;
        return;
      case KIND.table:
        this.#table();
        this.#importedTables += 1;
        return;
      case KIND.memory:
        this.#limits();
        return;
      case KIND.global:
        this.#globals.push({ type: cursor.byte(), mutable: cursor.byte() === 1, zero: false });
        this.#importedGlobals += 1;
        return;
      case KIND.tag:
        cursor.byte();
        cursor.u32();
        return;
      default:
        return cursor.fail('it imports something unknown');
    }
  }

  #limits(): { initial: number; max: number } {
    const cursor = this.#cursor;
    const flags = cursor.byte();
    if (flags > 1) cursor.fail('it has limits that are shared or of 64 bits');
    const initial = cursor.u32();
    return { initial, max: flags === 1 ? cursor.u32() : Infinity };
  }

  #table(): void {
    const cursor = this.#cursor;
    const type = cursor.byte();
    if (type !== FUNCREF && type !== 0x6f) cursor.fail('it has a table of a kind that is not known');
    const table = { type, ...this.#limits() };
    // What an imported table may hold is its owner's to limit.
    this.#tables.push(table);
  }

  #global(): void {
    const cursor = this.#cursor;
    const type = cursor.byte();
    const mutable = cursor.byte() === 1;
    const start = cursor.position;
    const referred = cursor.constantExpression();
    if (referred >= 0) this.#referredTo.push(referred);
    const isZero = cursor.position - start === 3 && cursor.bytes[start + 1] === 0;
    this.#globals.push({ type, mutable, zero: isZero });
  }

  #export(): void {
    const cursor = this.#cursor;
    const name = cursor.text();
    const kind = cursor.byte();
    const index = cursor.u32();
    this.#exports.set(name, { kind, index });
  }

  #element(): void {
    const cursor = this.#cursor;
    const flags = cursor.u32();
    if (flags > 7) cursor.fail('it has an element segment of an unknown kind');
    const isActive = (flags & 1) === 0;
    const namesTable = (flags & 2) !== 0;
    const hasExpressions = (flags & 4) !== 0;
    if (isActive) {
      this.#writtenTables.add(namesTable ? cursor.u32() : 0);
      cursor.constantExpression();
    }
    if (!isActive || namesTable) cursor.byte();
    this.#each(() => {
      const referred = hasExpressions ? cursor.constantExpression() : cursor.u32();
      if (referred >= 0) this.#referredTo.push(referred);
    });
  }

  #code(): void {
    const cursor = this.#cursor;
    const count = cursor.u32();
    if (count !== this.#functionTypes.length - this.#importedFunctions)
      cursor.fail('it has another number of bodies than of functions');
    this.#bodyStart = new Int32Array(count);
    this.#bodyEnd = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const size = cursor.u32();
      this.#bodyStart[i] = cursor.position;
      cursor.skip(size);
      this.#bodyEnd[i] = cursor.position;
    }
  }

  #referred(): Uint8Array {
    const referred = new Uint8Array(this.#functionTypes.length);
    for (const index of this.#referredTo) referred[index] = 1;
    return referred;
  }

  /** The table of the slow function: one place, filled by the host alone. */
  #ownTable(): number {
    const index = this.#exported(SLOW_TABLE_EXPORT, KIND.table);
    const table = this.#tables[index];
    const isRight = table?.type === FUNCREF && table.initial === 1 && table.max === 1;
    if (!isRight || index < this.#importedTables) this.#refuse('the slow table is not one place of its own');
    if (this.#writtenTables.has(index)) this.#refuse('an element segment writes to the slow table');
    this.#tables.forEach(({ initial, max }, i) => {
      const largest = i < this.#importedTables ? initial : Math.max(initial, max);
      if (largest > MOST_TABLE_ENTRIES)
        this.#refuse(`table ${i} may have more than ${MOST_TABLE_ENTRIES} entries`);
    });
    return index;
  }

  #ownGlobal(name: string, type: number): number {
    const index = this.#exported(name, KIND.global);
    const global = this.#globals[index];
    const isRight = global?.type === type && global.mutable && global.zero;
    if (!isRight || index < this.#importedGlobals) this.#refuse(`the global "${name}" is not one of its own`);
    return index;
  }

  /** The index of the meter's own thing, which may be exported under no second name. */
  #exported(name: string, kind: number): number {
    const found = this.#exports.get(name);
    if (found?.kind !== kind) return this.#refuse(`it does not export "${name}"`);
    for (const [other, { kind: otherKind, index }] of this.#exports)
      if (other !== name && otherKind === kind && index === found.index)
        this.#refuse(`it exports "${name}" a second time, as "${other}"`);
    return found.index;
  }

  #refuse(reason: string): never {
    throw new NotProved(reason, 0);
  }
}
