// SPDX-License-Identifier: MIT

const MASK = (1n << 64n) - 1n;

/** SplitMix64 (Steele, Lea, Flood 2014): the only entropy that a task gets, from its seed. */
export class SeededRandom {
  #state: bigint;

  /** @param seed unsigned 64-bit */
  constructor(seed: bigint) {
    this.#state = seed & MASK;
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 8) {
      let word = this.#next();
      for (let i = at; i < Math.min(at + 8, bytes.length); i++) {
        bytes[i] = Number(word & 0xffn);
        word >>= 8n;
      }
    }
  }

  #next(): bigint {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & MASK;
    let z = this.#state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  }
}
