// SPDX-License-Identifier: MIT
import { PIECE_BYTES } from '../../protocol/pieces.ts';
import { ModuleEnded } from './instance.ts';

const FIRST_BYTES = 4096;

/** A module's output, bounded and handed on in pieces as it is produced: it is never here in whole. */
export class OutputPieces {
  readonly #limit: number;
  readonly #hand: (piece: Uint8Array<ArrayBuffer>) => void;
  #piece = new Uint8Array(FIRST_BYTES);
  #filled = 0;
  #total = 0;
  #overflowed = false;

  /**
   * @param limit bytes
   * @param hand gets each piece for good; may wait until it is wanted
   */
  constructor(limit: number, hand: (piece: Uint8Array<ArrayBuffer>) => void) {
    this.#limit = limit;
    this.#hand = hand;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Bytes so far. */
  get total(): number {
    return this.#total;
  }

  /** Copies. @throws {ModuleEnded} when it is more than the limit */
  readonly write = (bytes: Uint8Array): void => {
    if (this.#total + bytes.length > this.#limit) {
      this.#overflowed = true;
      throw new ModuleEnded('the output is larger than allowed');
    }
    this.#total += bytes.length;
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + PIECE_BYTES - this.#filled);
      this.#reserve(this.#filled + part.length);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === PIECE_BYTES) this.flush();
    }
  };

  /** Hands on what is left. */
  flush(): void {
    if (this.#filled === 0) return;
    this.#hand(this.#piece.slice(0, this.#filled));
    this.#filled = 0;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#piece.length) return;
    const larger = new Uint8Array(Math.min(PIECE_BYTES, Math.max(bytes, this.#piece.length * 4)));
    larger.set(this.#piece.subarray(0, this.#filled));
    this.#piece = larger;
  }
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

  get bytes(): Uint8Array {
    return this.#tail;
  }

  get text(): string {
    return this.#tail.toString('utf8').slice(-TAIL_BYTES);
  }
}
