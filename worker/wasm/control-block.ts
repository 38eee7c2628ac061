// SPDX-License-Identifier: MIT
import type { SlotControl } from '../../protocol/worker-messages.ts';

/*
 * The memory that the control thread and the computing thread share. One word per wish or fact; the computing
 * thread looks at it in its slow path only.
 */
const WORDS = { parked: 0, duty: 1, stop: 2, progress: 3, acknowledged: 4 } as const;
const FUEL_AT = 32;
const CPU_AT = 40;
const SIZE = 48;

export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #fuel: BigInt64Array;
  readonly #cpu: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(SIZE)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, 8);
    this.#fuel = new BigInt64Array(buffer, FUEL_AT, 1);
    this.#cpu = new BigInt64Array(buffer, CPU_AT, 1);
  }

  /** By the control thread. */
  set(control: SlotControl): void {
    Atomics.store(this.#words, WORDS.duty, Math.round(control.dutyPercent * 100));
    Atomics.store(this.#words, WORDS.parked, control.parked ? 1 : 0);
    Atomics.notify(this.#words, WORDS.parked);
  }

  /** By the control thread: every further slow call throws. */
  stop(): void {
    Atomics.store(this.#words, WORDS.stop, 1);
    Atomics.store(this.#words, WORDS.parked, 0);
    Atomics.notify(this.#words, WORDS.parked);
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, WORDS.stop) === 1;
  }

  get parked(): boolean {
    return Atomics.load(this.#words, WORDS.parked) === 1;
  }

  /** Whether the computing thread has really stopped computing. */
  get isParkedNow(): boolean {
    return Atomics.load(this.#words, WORDS.acknowledged) === 1;
  }

  /** Share of wall time that may be computed, 0…1. */
  get duty(): number {
    return Atomics.load(this.#words, WORDS.duty) / 10_000;
  }

  get progressPermille(): number {
    return Atomics.load(this.#words, WORDS.progress);
  }

  set progressPermille(permille: number) {
    Atomics.store(this.#words, WORDS.progress, permille);
  }

  get fuel(): bigint {
    return Atomics.load(this.#fuel, 0);
  }

  get cpuMs(): number {
    return Number(Atomics.load(this.#cpu, 0)) / 1000;
  }

  /** By the computing thread. */
  report(fuel: bigint, cpuMicroseconds: number): void {
    Atomics.store(this.#fuel, 0, fuel);
    Atomics.store(this.#cpu, 0, BigInt(Math.round(cpuMicroseconds)));
  }

  /** By the computing thread: sleeps until it is resumed or stopped. */
  waitWhileParked(): void {
    Atomics.store(this.#words, WORDS.acknowledged, 1);
    while (this.parked && !this.stopped) Atomics.wait(this.#words, WORDS.parked, 1);
    Atomics.store(this.#words, WORDS.acknowledged, 0);
  }

  /** By the computing thread: sleeps for a while; a change of `parked` wakes it. */
  sleep(ms: number): void {
    Atomics.wait(this.#words, WORDS.parked, 0, ms);
  }
}
