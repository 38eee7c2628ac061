// SPDX-License-Identifier: MIT

/** Thrown when bytes are not the WebAssembly that the meter can read; the message names what it met. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError';
}

/** Reads a module's bytes with bounds checks. */
export class ByteReader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly end: number;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    const value = this.offset < this.end ? this.bytes[this.offset] : undefined;
    if (value === undefined) throw new ModuleError('the module ends in the middle of something');
    this.offset++;
    return value;
  }

  peek(): number {
    const value = this.byte();
    this.offset--;
    return value;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) {
        if (result > 0xffff_ffff) break;
        return result;
      }
    }
    throw new ModuleError('a number in the module is longer than 32 bits');
  }

  /** Passes over a LEB128 of at most `bits` bits, signed or not. */
  skipLeb(bits: number): void {
    const most = Math.ceil(bits / 7);
    for (let i = 0; i < most; i++) if ((this.byte() & 0x80) === 0) return;
    throw new ModuleError(`a number in the module is longer than ${bits} bits`);
  }

  skip(count: number): void {
    if (count > this.end - this.offset) throw new ModuleError('the module ends in the middle of something');
    this.offset += count;
  }

  /** The next `count` bytes, not copied. */
  take(count: number): Uint8Array {
    const start = this.offset;
    this.skip(count);
    return this.bytes.subarray(start, this.offset);
  }

  /** A reader of the next `count` bytes, which this one passes over. */
  sub(count: number): ByteReader {
    const start = this.offset;
    this.skip(count);
    return new ByteReader(this.bytes, start, this.offset);
  }

  name(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.take(this.u32()));
  }
}

/** Collects bytes. */
export class ByteWriter {
  #buffer = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  byte(value: number): this {
    this.#room(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  raw(bytes: ArrayLike<number>): this {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  u32(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of a safe integer. */
  s64(value: number): this {
    let rest = BigInt(value);
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  name(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u32(bytes.length).raw(bytes);
  }

  /** Bytes with their length in front. */
  sized(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  #room(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const bigger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + count));
    bigger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = bigger;
  }
}
