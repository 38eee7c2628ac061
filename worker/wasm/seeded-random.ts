// SPDX-License-Identifier: MIT
import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that look random and are the same for the same seed and task: a stream of AES-256 in counter mode. */
export class SeededRandom {
  readonly #cipher;

  constructor(seed: bigint, index: number) {
    const key = createHash('sha256').update(`lull random 1\n${seed}\n${index}`).digest();
    this.#cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  fill(target: Uint8Array): void {
    target.set(this.#cipher.update(new Uint8Array(target.length)));
  }
}
