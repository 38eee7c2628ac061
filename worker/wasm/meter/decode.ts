// SPDX-License-Identifier: MIT
import { InvalidModule } from '../byte-reader.ts';
import { refuse } from '../value-types.ts';

/*
 * Steps over instructions of a module that V8 has validated: so nothing here looks for the end of the bytes, and
 * what it does look for is what Lull refuses by name. (`instructions.ts` reads bytes that nobody has looked at.)
 */

const PLAIN = 1;
const INDEX = 2;
const TWO_INDICES = 3;
const MEMORY = 4;
const BYTES_4 = 5;
const BYTES_8 = 6;
const BLOCK = 7;
const BRANCH_TABLE = 8;
const CATCHES = 9;
const SELECT = 10;
const ONE_BYTE = 11;
const REFUSED_REFERENCES = 12;
const REFUSED_THREADS = 13;
const NULL_TYPE = 14;

const FORMS = new Uint8Array(256);
const form = (from: number, to: number, of: number): void => void FORMS.fill(of, from, to + 1);
form(0x00, 0x01, PLAIN);
form(0x02, 0x04, BLOCK);
form(0x05, 0x05, PLAIN);
form(0x06, 0x06, BLOCK);
form(0x07, 0x09, INDEX);
form(0x0a, 0x0b, PLAIN);
form(0x0c, 0x0d, INDEX);
form(0x0e, 0x0e, BRANCH_TABLE);
form(0x0f, 0x0f, PLAIN);
form(0x10, 0x10, INDEX);
form(0x11, 0x11, TWO_INDICES);
form(0x12, 0x12, INDEX);
form(0x13, 0x13, TWO_INDICES);
form(0x14, 0x15, REFUSED_REFERENCES);
form(0x18, 0x18, INDEX);
form(0x19, 0x1b, PLAIN);
form(0x1c, 0x1c, SELECT);
form(0x1f, 0x1f, CATCHES);
form(0x20, 0x26, INDEX);
form(0x28, 0x3e, MEMORY);
form(0x3f, 0x40, ONE_BYTE);
form(0x41, 0x42, INDEX);
form(0x43, 0x43, BYTES_4);
form(0x44, 0x44, BYTES_8);
form(0x45, 0xc4, PLAIN);
form(0xd0, 0xd0, NULL_TYPE);
form(0xd1, 0xd1, PLAIN);
form(0xd2, 0xd2, INDEX);
form(0xd3, 0xd6, REFUSED_REFERENCES);
form(0xfb, 0xfb, REFUSED_REFERENCES);
form(0xfe, 0xfe, REFUSED_THREADS);

/** How many numbers follow each instruction of the prefix 0xfc. */
const BULK_INDICES = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1] as const;

const NO_VALUE = 0x40;
const SUPPORTED_TYPES = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69]);

/** Reads instruction after instruction; after `next`, `start` and `end` enclose the one that it returned. */
export class Decoder {
  readonly bytes: Uint8Array;
  start = 0;
  end: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.end = position;
  }

  /** @returns the instruction's opcode, as in `OP` */
  next(): number {
    const { bytes } = this;
    const start = this.end;
    this.start = start;
    const opcode = bytes[start] ?? 0;
    this.end = start + 1;
    switch (FORMS[opcode]) {
      case PLAIN:
        break;
      case INDEX:
        this.#skipNumber();
        break;
      case TWO_INDICES:
        this.#skipNumber();
        this.#skipNumber();
        break;
      case MEMORY:
        this.#skipMemoryArgument();
        break;
      case BYTES_4:
        this.end += 4;
        break;
      case BYTES_8:
        this.end += 8;
        break;
      case ONE_BYTE:
        if (bytes[this.end] !== 0) refuse('more than one memory');
        this.end += 1;
        break;
      case BLOCK:
        this.skipBlockType();
        break;
      case BRANCH_TABLE:
        for (let left = this.number() + 1; left > 0; left--) this.#skipNumber();
        break;
      case CATCHES:
        this.#skipCatches();
        break;
      case SELECT:
        for (let left = this.number(); left > 0; left--) this.#skipType();
        break;
      case NULL_TYPE:
        this.#skipType();
        break;
      case REFUSED_REFERENCES:
        return refuse('garbage-collected or typed references');
      case REFUSED_THREADS:
        return refuse('threads or atomics');
      default:
        return this.#prefixed(opcode);
    }
    return opcode;
  }

  /** The unsigned number at `end`, which moves behind it. */
  number(): number {
    const { bytes } = this;
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = bytes[this.end++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
      shift += 7;
    }
  }

  /** The unsigned number behind the one-byte opcode of the instruction at a place. */
  numberBehind(start: number): number {
    const end = this.end;
    this.end = start + 1;
    const value = this.number();
    this.end = end;
    return value;
  }

  /** The signed number of 32 bits behind the one-byte opcode of the instruction at a place. */
  signedBehind(start: number): number {
    const { bytes } = this;
    let value = 0;
    let shift = 0;
    for (let at = start + 1, more = true; more; at++, shift += 7) {
      const byte = bytes[at] ?? 0;
      value |= (byte & 0x7f) << shift;
      more = byte >= 0x80;
    }
    const unused = 32 - shift;
    return unused > 0 ? (value << unused) >> unused : value;
  }

  #skipNumber(): void {
    const { bytes } = this;
    let at = this.end;
    while ((bytes[at++] ?? 0) >= 0x80);
    this.end = at;
  }

  #skipMemoryArgument(): void {
    // Bit 6 of the alignment says that a memory index follows.
    if (((this.bytes[this.end] ?? 0) & 0x40) !== 0) refuse('more than one memory');
    this.#skipNumber();
    this.#skipNumber();
  }

  #skipType(): void {
    if (!SUPPORTED_TYPES.has(this.bytes[this.end++] ?? 0)) refuse('garbage-collected or typed references');
  }

  /** Steps over a block's type, which stands at `end`. */
  skipBlockType(): void {
    const first = this.bytes[this.end] ?? 0;
    const isIndex = first < NO_VALUE || first >= 0x80;
    if (isIndex) this.#skipNumber();
    else if (first === NO_VALUE) this.end += 1;
    else this.#skipType();
  }

  #skipCatches(): void {
    this.skipBlockType();
    for (let left = this.number(); left > 0; left--) {
      const hasTag = (this.bytes[this.end++] ?? 0) < 2;
      if (hasTag) this.#skipNumber();
      this.#skipNumber();
    }
  }

  #prefixed(opcode: number): number {
    if (opcode === 0xfc) {
      const number = this.number();
      const indices = BULK_INDICES[number];
      if (indices === undefined) return unknownOpcode(opcode, number);
      for (let left: number = indices; left > 0; left--) this.#skipNumber();
      return 0xfc00 | number;
    }
    if (opcode === 0xfd) {
      const number = this.number();
      this.#skipVectorImmediates(number);
      return 0xfd00 | number;
    }
    return unknownOpcode(opcode);
  }

  #skipVectorImmediates(number: number): void {
    if (number >= 0x100) refuse('relaxed SIMD, whose results depend on the processor');
    if (number <= 11 || number === 92 || number === 93) this.#skipMemoryArgument();
    else if (number === 12 || number === 13) this.end += 16;
    else if (number >= 21 && number <= 34) this.end += 1;
    else if (number >= 84 && number <= 91) {
      this.#skipMemoryArgument();
      this.end += 1;
    }
  }
}

function unknownOpcode(...numbers: readonly number[]): never {
  const name = numbers.map((number) => `0x${number.toString(16)}`).join(' ');
  throw new InvalidModule(`The module uses the instruction ${name}, which Lull does not know.`);
}
