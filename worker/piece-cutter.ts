// SPDX-License-Identifier: MIT
import { PIECE_BYTES } from '../protocol/pieces.ts';

/** Cuts a stream into pieces, and sends each only when the one before was taken; meanwhile the next can be made. */
export class PieceCutter {
  readonly #send: (piece: Uint8Array) => void;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #underway = Promise.resolve();
  #taken: () => void = () => undefined;

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
    await this.#underway;
  }

  /** The last piece was taken. */
  taken(): void {
    this.#taken();
  }

  async #cut(): Promise<void> {
    const all = Buffer.concat(this.#parts);
    const rest = all.subarray(PIECE_BYTES);
    this.#parts = [rest];
    this.#bytes = rest.length;
    await this.#underway;
    const taken = Promise.withResolvers<void>();
    this.#taken = taken.resolve;
    this.#underway = taken.promise;
    this.#send(all.subarray(0, PIECE_BYTES));
  }
}
