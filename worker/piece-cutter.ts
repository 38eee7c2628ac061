// SPDX-License-Identifier: MIT
import { PIECE_BYTES } from '../protocol/pieces.ts';

/** Cuts a stream into pieces, and sends the next one only when the last was taken. */
export class PieceCutter {
  readonly #send: (piece: Uint8Array) => void;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #taken: (() => void) | undefined;

  constructor(send: (piece: Uint8Array) => void) {
    this.#send = send;
  }

  /** Resolves when there is room for more. */
  async write(part: Uint8Array): Promise<void> {
    this.#parts.push(part);
    this.#bytes += part.length;
    while (this.#bytes >= PIECE_BYTES) await this.#cut();
  }

  /** Sends what is left; resolves when all was taken. */
  async flush(): Promise<void> {
    if (this.#bytes > 0) await this.#cut();
  }

  /** The last piece was taken. */
  taken(): void {
    this.#taken?.();
  }

  async #cut(): Promise<void> {
    const all = Buffer.concat(this.#parts);
    const rest = all.subarray(PIECE_BYTES);
    this.#parts = [rest];
    this.#bytes = rest.length;
    const taken = Promise.withResolvers<void>();
    this.#taken = taken.resolve;
    this.#send(all.subarray(0, PIECE_BYTES));
    await taken.promise;
  }
}
