// SPDX-License-Identifier: MIT
import { TaskEnd } from './instance.ts';

/** Collects a task's output up to its limit. */
export class ByteSink {
  readonly #limit: number;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {TaskEnd} `output_too_large` */
  write(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#limit) {
      throw new TaskEnd('output_too_large', `the module wrote more than ${this.#limit} bytes of output`);
    }
    this.#pieces.push(bytes.slice());
    this.#length += bytes.length;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#pieces, this.#length);
  }
}

/** Keeps the end of what was written. */
export class ByteTail {
  readonly #size: number;
  #bytes = Buffer.alloc(0);

  /** @param size bytes kept */
  constructor(size: number) {
    this.#size = size;
  }

  write(bytes: Uint8Array): void {
    const end = bytes.subarray(Math.max(0, bytes.length - this.#size));
    const all = Buffer.concat([this.#bytes, end]);
    this.#bytes = Buffer.from(all.subarray(Math.max(0, all.length - this.#size)));
  }

  text(): string {
    return this.#bytes.toString('utf8');
  }
}
