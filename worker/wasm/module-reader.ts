// SPDX-License-Identifier: MIT
import { ByteReader, InvalidModule } from './byte-reader.ts';
import { OP, readInstruction, skipConstant } from './instructions.ts';
import { type FunctionType, readValueType, refuse } from './value-types.ts';

export const SECTION = {
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

const KIND_NAMES = ['function', 'table', 'memory', 'global', 'tag'] as const;
export type ExternalKind = (typeof KIND_NAMES)[number];

export interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

/** Something imported that is no function. */
export interface OtherImport {
  readonly module: string;
  readonly name: string;
  readonly kind: Exclude<ExternalKind, 'function'>;
}

export interface Limits {
  readonly initial: number;
  readonly max: number | undefined;
}

export interface TableShape extends Limits {
  readonly type: number;
}

export interface GlobalShape {
  /** its value type's code */
  readonly type: number;
  readonly mutable: boolean;
}

export interface ExportShape {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly index: number;
}

/** What the meter has to know of a module. What is imported comes first in every index space. */
export interface ModuleShape {
  /** payload of each section but the custom ones, by id */
  readonly sections: ReadonlyMap<number, Uint8Array>;
  readonly customNames: readonly string[];
  /** payload of the custom section "dylink.0" (or "dylink"), which has to stay the first section */
  readonly dynamicLinking: Uint8Array | undefined;
  readonly types: readonly FunctionType[];
  /** imported functions */
  readonly imports: readonly ImportedFunction[];
  readonly otherImports: readonly OtherImport[];
  /** types of the functions that the module itself defines */
  readonly functions: readonly FunctionType[];
  /** imported ones first */
  readonly tables: readonly TableShape[];
  readonly importedTables: number;
  /** its own memory; an imported one has the limits that its maker gave it */
  readonly memory: Limits | undefined;
  /** imported ones first */
  readonly globals: readonly GlobalShape[];
  readonly exports: readonly ExportShape[];
  readonly start: number | undefined;
  /** functions that a table or a reference may hold because a segment or a global names them */
  readonly referenced: ReadonlySet<number>;
}

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const FUNCTION_FORM = 0x60;
const DYNAMIC_LINKING = new Set(['dylink', 'dylink.0']);

/** @throws {InvalidModule} when it cannot be read, or uses what is refused by name */
export function readModule(bytes: Uint8Array): ModuleShape {
  const { sections, customNames, dynamicLinking } = readSections(bytes);
  const open = (id: number): ByteReader | undefined => {
    const payload = sections.get(id);
    return payload === undefined ? undefined : new ByteReader(payload);
  };
  const list = <T>(id: number, readOne: (section: ByteReader) => T): T[] => {
    const section = open(id);
    return section === undefined ? [] : readVector(section, readOne);
  };

  const types = list(SECTION.type, readType);
  const typeAt = (index: number): FunctionType => {
    const type = types[index];
    if (type === undefined)
      throw new InvalidModule(`The module names a type ${index} that it does not have.`);
    return type;
  };
  const imported = new Imports(typeAt);
  list(SECTION.import, (section) => imported.read(section));
  const memories = list(SECTION.memory, readLimits);
  if (memories.length + imported.memories > 1) refuse('more than one memory');
  const referenced = new Set<number>();
  return {
    sections,
    customNames,
    dynamicLinking,
    types,
    imports: imported.functions,
    otherImports: imported.others,
    functions: list(SECTION.function, (section) => typeAt(section.u32())),
    tables: [...imported.tables, ...list(SECTION.table, readTable)],
    importedTables: imported.tables.length,
    memory: memories[0],
    globals: [...imported.globals, ...list(SECTION.global, (section) => readGlobal(section, referenced))],
    exports: list(SECTION.export, readExport),
    start: open(SECTION.start)?.u32(),
    referenced: readElements(open(SECTION.element), referenced),
  };
}

function readSections(bytes: Uint8Array): Pick<ModuleShape, 'sections' | 'customNames' | 'dynamicLinking'> {
  const reader = new ByteReader(bytes);
  if (!Buffer.from(reader.take(HEADER.length)).equals(HEADER))
    throw new InvalidModule('The module is not a core WebAssembly module (version 1).');
  const sections = new Map<number, Uint8Array>();
  const customNames: string[] = [];
  let dynamicLinking: Uint8Array | undefined;
  while (!reader.done) {
    const id = reader.u8();
    const body = reader.part(reader.u32());
    if (id === SECTION.custom) {
      const whole = body.bytes.subarray(body.position, body.end);
      const name = body.text();
      customNames.push(name);
      if (DYNAMIC_LINKING.has(name)) dynamicLinking = whole;
    } else if (id > SECTION.tag || sections.has(id))
      throw new InvalidModule(`The module has a section ${id} that Lull does not know, or has it twice.`);
    else sections.set(id, body.rest());
  }
  return { sections, customNames, dynamicLinking };
}

function readVector<T>(reader: ByteReader, readOne: (reader: ByteReader) => T): T[] {
  const count = reader.u32();
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(readOne(reader));
  return items;
}

function readType(reader: ByteReader): FunctionType {
  if (reader.u8() !== FUNCTION_FORM) refuse('garbage-collected or typed references');
  const values = (): Uint8Array => Uint8Array.from(readVector(reader, readValueType));
  return { params: values(), results: values() };
}

/** Sorts imports by their kind. */
class Imports {
  readonly functions: ImportedFunction[] = [];
  readonly others: OtherImport[] = [];
  readonly tables: TableShape[] = [];
  readonly globals: GlobalShape[] = [];
  memories = 0;
  readonly #typeAt: (index: number) => FunctionType;

  constructor(typeAt: (index: number) => FunctionType) {
    this.#typeAt = typeAt;
  }

  read(reader: ByteReader): void {
    const module = reader.text();
    const name = reader.text();
    const kind = KIND_NAMES[reader.u8()];
    switch (kind) {
      case 'function':
        this.functions.push({ module, name, type: this.#typeAt(reader.u32()) });
        return;
      case 'table':
        this.tables.push(readTable(reader));
        break;
      case 'memory':
        readLimits(reader);
        this.memories += 1;
        break;
      case 'global':
        this.globals.push({ type: readValueType(reader), mutable: reader.u8() === 1 });
        break;
      case 'tag':
        reader.skip(1);
        reader.u32();
        break;
      case undefined:
        throw new InvalidModule(`The module imports "${module}.${name}" as nothing known.`);
    }
    this.others.push({ module, name, kind });
  }
}

function readTable(reader: ByteReader): TableShape {
  const hasInitializer = reader.peek() === 0x40;
  if (hasInitializer) refuse('garbage-collected or typed references');
  return { type: readValueType(reader), ...readLimits(reader) };
}

function readLimits(reader: ByteReader): Limits {
  const flags = reader.u8();
  if ((flags & 0b100) !== 0) refuse('memory64');
  if ((flags & 0b010) !== 0) refuse('shared memory (threads)');
  if (flags > 1) refuse('memory pages of a custom size');
  return { initial: reader.u32(), max: flags === 1 ? reader.u32() : undefined };
}

function readGlobal(reader: ByteReader, referenced: Set<number>): GlobalShape {
  const type = readValueType(reader);
  const mutable = reader.u8() === 1;
  readReferences(reader, referenced);
  return { type, mutable };
}

/** Steps over an expression of constants and keeps the functions that it names. */
function readReferences(reader: ByteReader, referenced: Set<number>): void {
  for (;;) {
    const start = reader.position;
    const opcode = readInstruction(reader);
    if (opcode === OP.end) return;
    if (opcode !== OP.refFunc) continue;
    referenced.add(new ByteReader(reader.bytes, start + 1, reader.position).u32());
  }
}

function readElements(section: ByteReader | undefined, referenced: Set<number>): Set<number> {
  if (section === undefined) return referenced;
  readVector(section, (reader) => {
    const flags = reader.u32();
    const isActive = (flags & 1) === 0;
    const namesKind = (flags & 3) !== 0;
    const hasExpressions = (flags & 4) !== 0;
    if (isActive && (flags & 2) !== 0) reader.u32();
    if (isActive) skipConstant(reader);
    if (namesKind) reader.skip(1);
    readVector(reader, () => {
      if (hasExpressions) readReferences(reader, referenced);
      else referenced.add(reader.u32());
    });
  });
  return referenced;
}

function readExport(reader: ByteReader): ExportShape {
  const name = reader.text();
  const kind = KIND_NAMES[reader.u8()];
  if (kind === undefined) throw new InvalidModule(`The module exports "${name}" as nothing known.`);
  return { name, kind, index: reader.u32() };
}
