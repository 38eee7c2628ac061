// SPDX-License-Identifier: MIT

const WORD = { wanted: 0, busy: 1, needsBase: 2 } as const;
const WORDS = 4;

/** What the computing thread and the control thread tell each other of checkpoints, in shared memory. */
export class CheckpointWords {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(shared = new SharedArrayBuffer(WORDS * 4)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** One is wanted at the end of this step, due or not. */
  want(): void {
    Atomics.store(this.#words, WORD.wanted, 1);
  }

  get wanted(): boolean {
    return Atomics.load(this.#words, WORD.wanted) === 1;
  }

  /** A snapshot is being dealt with: its pages must not change, and no other can be taken. */
  get busy(): boolean {
    return Atomics.load(this.#words, WORD.busy) === 1;
  }

  /** The next snapshot must not need the ones before. */
  get needsBase(): boolean {
    return Atomics.load(this.#words, WORD.needsBase) === 1;
  }

  /** By the computing thread: a snapshot is taken. */
  begin(): void {
    Atomics.store(this.#words, WORD.wanted, 0);
    Atomics.store(this.#words, WORD.busy, 1);
  }

  /** By the control thread: the snapshot is dealt with. */
  end({ needsBase }: { needsBase: boolean }): void {
    Atomics.store(this.#words, WORD.needsBase, needsBase ? 1 : 0);
    Atomics.store(this.#words, WORD.busy, 0);
  }
}
