// SPDX-License-Identifier: MIT

/** Lets one piece of output through at a time: the computing thread waits here until the agent has taken the last. */
export class OutputGate {
  readonly shared: SharedArrayBuffer;
  readonly #underway: Int32Array<SharedArrayBuffer>;

  constructor(shared = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#underway = new Int32Array(shared);
  }

  /** By the computing thread, before each piece. */
  enter(): void {
    while (Atomics.compareExchange(this.#underway, 0, 0, 1) !== 0) Atomics.wait(this.#underway, 0, 1);
  }

  /** By the control thread: the piece was taken. */
  leave(): void {
    Atomics.store(this.#underway, 0, 0);
    Atomics.notify(this.#underway, 0);
  }
}
