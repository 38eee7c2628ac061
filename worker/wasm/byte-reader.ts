// SPDX-License-Identifier: MIT

/** The module cannot be run here, on any device: not WebAssembly, or a feature that is refused by name. */
export class InvalidModule extends Error {
  override readonly name = 'InvalidModule';
}

/** Reads the encodings of WebAssembly from bytes that are not to be trusted: never past `end`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  /** The next byte, which stays unread. */
  peek(): number {
    return this.#byteAt(this.position);
  }

  u8(): number {
    const byte = this.#byteAt(this.position);
    this.position += 1;
    return byte;
  }

  /** An unsigned 32-bit number in LEB128. */
  u32(): number {
    let value = 0;
    for (let place = 0; place < 5; place++) {
      const byte = this.u8();
      if (place === 4 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    throw new InvalidModule(`The module has a number that is too long at byte ${this.position}.`);
  }

  /** Steps over a number in LEB128 of at most so many bytes. */
  skipLeb(mostBytes: number): void {
    for (let place = 0; place < mostBytes; place++) if (this.u8() < 0x80) return;
    throw new InvalidModule(`The module has a number that is too long at byte ${this.position}.`);
  }

  skip(count: number): void {
    if (count > this.end - this.position) this.#cutOff();
    this.position += count;
  }

  /** A view of the next bytes. */
  take(count: number): Uint8Array {
    const start = this.position;
    this.skip(count);
    return this.bytes.subarray(start, this.position);
  }

  /** A reader of the next bytes only. */
  part(count: number): ByteReader {
    const start = this.position;
    this.skip(count);
    return new ByteReader(this.bytes, start, this.position);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.end - this.position);
  }

  text(): string {
    return Buffer.from(this.take(this.u32())).toString('utf8');
  }

  #byteAt(position: number): number {
    const byte = position < this.end ? this.bytes[position] : undefined;
    return byte ?? this.#cutOff();
  }

  #cutOff(): never {
    throw new InvalidModule(`The module is cut off at byte ${this.end}.`);
  }
}
