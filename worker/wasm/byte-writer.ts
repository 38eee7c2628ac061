// SPDX-License-Identifier: MIT

/** Ranges shorter than this are copied byte by byte: a view for each would cost more. */
const SHORT_RANGE = 48;
const LEAST_INT32 = -(2 ** 31);
const MOST_INT32 = 2 ** 31 - 1;

/** Collects bytes in the encodings of WebAssembly; grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** A view of what was written; good until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  u8(...bytes: readonly number[]): this {
    this.#reserve(bytes.length);
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
    return this;
  }

  /** One byte: `u8` for where the meter is busy. */
  byte(byte: number): this {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length++] = byte;
    return this;
  }

  u32(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.byte(rest);
  }

  /** A signed number in LEB128, 32 or 64 bits. */
  signed(value: number | bigint): this {
    if (typeof value === 'number' && value >= LEAST_INT32 && value <= MOST_INT32)
      return this.#signed32(value);
    let rest = BigInt(value);
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      const isLast = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40);
      this.byte(isLast ? low : low | 0x80);
      if (isLast) return this;
    }
  }

  raw(bytes: Uint8Array): this {
    const count = bytes.length;
    if (count <= SHORT_RANGE) return this.copy(bytes, 0, count);
    this.#reserve(count);
    this.#bytes.set(bytes, this.#length);
    this.#length += count;
    return this;
  }

  /** A part of other bytes. */
  copy(source: Uint8Array, start: number, end: number): this {
    const count = end - start;
    if (count > SHORT_RANGE) return this.raw(source.subarray(start, end));
    this.#reserve(count);
    const bytes = this.#bytes;
    let to = this.#length;
    for (let from = start; from < end; from++) bytes[to++] = source[from] ?? 0;
    this.#length = to;
    return this;
  }

  /** Bytes with their count before them. */
  sized(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  text(text: string): this {
    return this.sized(Buffer.from(text, 'utf8'));
  }

  #signed32(value: number): this {
    let rest = value;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
      this.byte(isLast ? low : low | 0x80);
      if (isLast) return this;
    }
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.written);
    this.#bytes = larger;
  }
}
