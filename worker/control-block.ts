// SPDX-License-Identifier: MIT
import type { SlotControl } from '../protocol/worker-messages.ts';

const WORD = {
  parked: 0,
  dutyPermyriad: 1,
  phasePermyriad: 2,
  stopped: 3,
  changes: 4,
  progress: 5,
  breaths: 6,
  memoryPages: 7,
} as const;
const WORDS = 8;
const FUEL_INDEX = (WORDS * 4) / 8;
const BYTES = WORDS * 4 + 8;
/** Of WebAssembly, so that 4 GiB fit a word. */
const PAGE_BYTES = 65_536;

/**
 * Memory that the control thread and the compute thread share. Control flows one way (`command`, `stop`), facts the
 * other (`report…`); each word has one writer.
 */
export class ControlBlock {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #fuel: BigInt64Array<SharedArrayBuffer>;

  constructor(shared = new SharedArrayBuffer(BYTES)) {
    this.shared = shared;
    this.#words = new Int32Array(shared, 0, WORDS);
    this.#fuel = new BigInt64Array(shared, FUEL_INDEX * 8, 1);
  }

  command({ parked, dutyPercent, phase = 0 }: SlotControl): void {
    Atomics.store(this.#words, WORD.dutyPermyriad, Math.round(dutyPercent * 100));
    Atomics.store(this.#words, WORD.phasePermyriad, Math.round(phase * 10_000));
    Atomics.store(this.#words, WORD.parked, parked ? 1 : 0);
    this.#changed();
  }

  /** For good: whatever runs ends at its next look. */
  stop(): void {
    Atomics.store(this.#words, WORD.stopped, 1);
    this.#changed();
  }

  get parked(): boolean {
    return Atomics.load(this.#words, WORD.parked) === 1;
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, WORD.stopped) === 1;
  }

  /** share of wall time, 0..1 */
  get duty(): number {
    return Atomics.load(this.#words, WORD.dutyPermyriad) / 10_000;
  }

  /** where in a period of the cap the slot begins, 0..1 */
  get phase(): number {
    return Atomics.load(this.#words, WORD.phasePermyriad) / 10_000;
  }

  /** Counts the commands: whoever has heeded this many need not look further. */
  get changes(): number {
    return Atomics.load(this.#words, WORD.changes);
  }

  /** Sleeps until a command comes that is newer than `changes`, or the time is over. */
  waitForChange(changes: number, timeoutMs = Infinity): void {
    Atomics.wait(this.#words, WORD.changes, changes, timeoutMs);
  }

  /** The computing thread has looked at this block, and has consumed so much. */
  reportBreath(fuel: bigint): void {
    Atomics.store(this.#fuel, 0, fuel);
    Atomics.add(this.#words, WORD.breaths, 1);
  }

  reportProgress(permille: number): void {
    Atomics.store(this.#words, WORD.progress, permille);
  }

  /** @param bytes how much memory the module has */
  reportMemory(bytes: number): void {
    Atomics.store(this.#words, WORD.memoryPages, Math.ceil(bytes / PAGE_BYTES));
  }

  get memoryBytes(): number {
    return Atomics.load(this.#words, WORD.memoryPages) * PAGE_BYTES;
  }

  get fuel(): bigint {
    return Atomics.load(this.#fuel, 0);
  }

  /** Counts the looks; wraps around. */
  get breaths(): number {
    return Atomics.load(this.#words, WORD.breaths);
  }

  get progressPermille(): number {
    return Atomics.load(this.#words, WORD.progress);
  }

  #changed(): void {
    Atomics.add(this.#words, WORD.changes, 1);
    Atomics.notify(this.#words, WORD.changes);
  }
}
