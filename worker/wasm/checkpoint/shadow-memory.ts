// SPDX-License-Identifier: MIT

/** What is compared and kept as a whole, bytes. */
export const PAGE_BYTES = 4096;
/** What is looked at first, and between two breaths of the task: about a tenth of a millisecond. */
const BLOCK_BYTES = 65_536;
const BREATH_BLOCKS = 16;

/**
 * A copy of a module's memory as it was at the last snapshot. What differs from it is dirty. It is shared, so that
 * another thread can compress the pages while the task goes on.
 */
export class ShadowMemory {
  readonly shared: SharedArrayBuffer;
  readonly #breathe: () => void;
  #bytes = 0;

  /**
   * @param mostBytes what the memory can ever have; only what is used takes memory of the computer
   * @param breathe called every megabyte or so: a pause must not wait for gigabytes
   * @throws {RangeError} when this computer cannot give so much
   */
  constructor(mostBytes: number, breathe: () => void) {
    this.shared = new SharedArrayBuffer(0, { maxByteLength: mostBytes });
    this.#breathe = breathe;
  }

  /** Makes the copy the same as the memory. @returns the numbers of the pages that differed, rising */
  follow(memory: ArrayBuffer): Uint32Array {
    if (memory.byteLength > this.#bytes) this.shared.grow(memory.byteLength);
    this.#bytes = memory.byteLength;
    const dirty = new PageList();
    const now = Buffer.from(memory);
    const before = Buffer.from(this.shared);
    for (const block of this.#blocks()) {
      if (same(now, before, block, Math.min(block + BLOCK_BYTES, this.#bytes))) continue;
      for (let at = block; at < Math.min(block + BLOCK_BYTES, this.#bytes); at += PAGE_BYTES) {
        if (same(now, before, at, at + PAGE_BYTES)) continue;
        now.copy(before, at, at, at + PAGE_BYTES);
        dirty.add(at / PAGE_BYTES);
      }
    }
    return dirty.numbers;
  }

  /** The numbers of all pages of the copy that are not zero. */
  used(): Uint32Array {
    const used = new PageList();
    const copy = Buffer.from(this.shared);
    const zeros = Buffer.alloc(BLOCK_BYTES);
    for (const block of this.#blocks()) {
      if (copy.compare(zeros, 0, BLOCK_BYTES, block, block + BLOCK_BYTES) === 0) continue;
      for (let at = block; at < block + BLOCK_BYTES; at += PAGE_BYTES)
        if (copy.compare(zeros, 0, PAGE_BYTES, at, at + PAGE_BYTES) !== 0) used.add(at / PAGE_BYTES);
    }
    return used.numbers;
  }

  *#blocks(): Generator<number> {
    for (let at = 0, count = 1; at < this.#bytes; at += BLOCK_BYTES, count++) {
      yield at;
      if (count % BREATH_BLOCKS === 0) this.#breathe();
    }
  }
}

const same = (a: Buffer, b: Buffer, from: number, to: number): boolean =>
  a.compare(b, from, to, from, to) === 0;

class PageList {
  #numbers = new Uint32Array(256);
  #length = 0;

  add(page: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = page;
  }

  get numbers(): Uint32Array {
    return this.#numbers.slice(0, this.#length);
  }
}
