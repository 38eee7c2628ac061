// SPDX-License-Identifier: MIT
import { type Cipheriv, createCipheriv, createHash } from 'node:crypto';

const BLOCK = 16;

/** Bytes that look random and are the same for the same seed and task: a stream of AES-256 in counter mode. */
export class SeededRandom {
  readonly #key: Buffer;
  #cipher: Cipheriv;
  #drawn = 0n;

  constructor(seed: bigint, index: number) {
    this.#key = createHash('sha256').update(`lull random 1\n${seed}\n${index}`).digest();
    this.#cipher = this.#cipherAt(0n);
  }

  /** How many bytes were drawn. */
  get drawn(): bigint {
    return this.#drawn;
  }

  /** Goes on as if so many bytes had been drawn. */
  skipTo(drawn: bigint): void {
    this.#cipher = this.#cipherAt(drawn / BigInt(BLOCK));
    this.#cipher.update(new Uint8Array(Number(drawn % BigInt(BLOCK))));
    this.#drawn = drawn;
  }

  fill(target: Uint8Array): void {
    target.set(this.#cipher.update(new Uint8Array(target.length)));
    this.#drawn += BigInt(target.length);
  }

  #cipherAt(block: bigint): Cipheriv {
    const counter = Buffer.alloc(BLOCK);
    counter.writeBigUInt64BE(block, BLOCK / 2);
    return createCipheriv('aes-256-ctr', this.#key, counter);
  }
}
