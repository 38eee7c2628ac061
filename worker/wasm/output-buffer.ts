// SPDX-License-Identifier: MIT
import { ModuleEnded } from './instance.ts';

/** A module's output, kept in one piece up to its limit. */
export class OutputBuffer {
  readonly #limit: number;
  #bytes = new Uint8Array(1024);
  #length = 0;
  #overflowed = false;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Copies. @throws {ModuleEnded} when it is more than the limit */
  readonly write = (bytes: Uint8Array): void => {
    const needed = this.#length + bytes.length;
    if (needed > this.#limit) {
      this.#overflowed = true;
      throw new ModuleEnded('the output is larger than allowed');
    }
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2)));
      larger.set(this.written);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = needed;
  };
}

const TAIL_BYTES = 16_384;

/** The end of what was written, for people. */
export class OutputTail {
  #tail = Buffer.alloc(0);

  /** Copies. */
  readonly write = (bytes: Uint8Array): void => {
    const kept = bytes.length > TAIL_BYTES ? bytes.subarray(-TAIL_BYTES) : bytes;
    this.#tail = Buffer.concat([this.#tail, kept]).subarray(-TAIL_BYTES);
  };

  get text(): string {
    return this.#tail.toString('utf8').slice(-TAIL_BYTES);
  }
}
