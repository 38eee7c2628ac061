// SPDX-License-Identifier: MIT
import { ByteReader, InvalidModule } from './byte-reader.ts';
import { skipConstant } from './instructions.ts';
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

/** What the meter has to know of a module. */
export interface ModuleShape {
  /** payload of each section but the custom ones, by id */
  readonly sections: ReadonlyMap<number, Uint8Array>;
  readonly customNames: readonly string[];
  readonly types: readonly FunctionType[];
  readonly imports: readonly ImportedFunction[];
  /** types of the functions that the module itself defines */
  readonly functions: readonly FunctionType[];
  readonly tables: readonly TableShape[];
  readonly memory: Limits | undefined;
  readonly globals: readonly GlobalShape[];
  readonly exports: readonly ExportShape[];
  readonly start: number | undefined;
}

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const FUNCTION_FORM = 0x60;

/** @throws {InvalidModule} when it cannot be read, or uses what is refused by name */
export function readModule(bytes: Uint8Array): ModuleShape {
  const reader = new ByteReader(bytes);
  if (!Buffer.from(reader.take(HEADER.length)).equals(HEADER))
    throw new InvalidModule('The module is not a core WebAssembly module (version 1).');
  const sections = new Map<number, Uint8Array>();
  const customNames: string[] = [];
  while (!reader.done) {
    const id = reader.u8();
    const body = reader.part(reader.u32());
    if (id === SECTION.custom) customNames.push(body.text());
    else if (id > SECTION.tag || sections.has(id))
      throw new InvalidModule(`The module has a section ${id} that Lull does not know, or has it twice.`);
    else sections.set(id, body.rest());
  }
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
  const memories = list(SECTION.memory, readMemory);
  if (memories.length > 1) refuse('more than one memory');
  return {
    sections,
    customNames,
    types,
    imports: list(SECTION.import, (section) => readImport(section, typeAt)),
    functions: list(SECTION.function, (section) => typeAt(section.u32())),
    tables: list(SECTION.table, readTable),
    memory: memories[0],
    globals: list(SECTION.global, readGlobal),
    exports: list(SECTION.export, readExport),
    start: open(SECTION.start)?.u32(),
  };
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

function readImport(reader: ByteReader, typeAt: (index: number) => FunctionType): ImportedFunction {
  const module = reader.text();
  const name = reader.text();
  const kind = reader.u8();
  if (kind !== 0) {
    const what = KIND_NAMES[kind] ?? 'thing';
    throw new InvalidModule(
      `The module imports the ${what} "${module}.${name}": it may import functions only.`,
    );
  }
  return { module, name, type: typeAt(reader.u32()) };
}

function readTable(reader: ByteReader): TableShape {
  const hasInitializer = reader.peek() === 0x40;
  if (hasInitializer) refuse('garbage-collected or typed references');
  return { type: readValueType(reader), ...readLimits(reader) };
}

const readMemory = (reader: ByteReader): Limits => readLimits(reader);

function readLimits(reader: ByteReader): Limits {
  const flags = reader.u8();
  if ((flags & 0b100) !== 0) refuse('memory64');
  if ((flags & 0b010) !== 0) refuse('shared memory (threads)');
  if (flags > 1) refuse('memory pages of a custom size');
  return { initial: reader.u32(), max: flags === 1 ? reader.u32() : undefined };
}

function readGlobal(reader: ByteReader): GlobalShape {
  const type = readValueType(reader);
  const mutable = reader.u8() === 1;
  skipConstant(reader);
  return { type, mutable };
}

function readExport(reader: ByteReader): ExportShape {
  const name = reader.text();
  const kind = KIND_NAMES[reader.u8()];
  if (kind === undefined) throw new InvalidModule(`The module exports "${name}" as nothing known.`);
  return { name, kind, index: reader.u32() };
}
