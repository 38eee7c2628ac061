// SPDX-License-Identifier: MIT
import type { CheckpointWords } from './checkpoint-words.ts';
import type { MachineState } from './machine-state.ts';
import { ShadowMemory } from './shadow-memory.ts';
import type { SnapshotPages } from './snapshot-format.ts';

/** A stepped task between two steps. */
export interface BetweenSteps {
  readonly memory: ArrayBuffer;
  /** what its memory can ever have, bytes */
  readonly mostBytes: number;
  readonly state: () => MachineState;
  /** parks and rests as the task itself would. @throws when the task is to end */
  readonly breathe: () => void;
}

/** A snapshot that was taken; its pages stay as they are until the words say that it is dealt with. */
export interface TakenSnapshot {
  readonly kind: 'base' | 'delta';
  readonly state: MachineState;
  readonly pages: SnapshotPages;
}

export interface CheckpointTakerParts {
  readonly words: CheckpointWords;
  /** computing time between two checkpoints, the length of a step included, ms */
  readonly everyMs: number;
  /** ms from an arbitrary start; cheap */
  readonly now: () => number;
  /** CPU time of this thread, ms */
  readonly cpuMs: () => number;
  readonly taken: (snapshot: TakenSnapshot) => void;
  /** There will be none: one sentence. */
  readonly refused: (why: string) => void;
}

/** Reading the CPU time is not free, and a step may be short. */
const LOOK_EVERY_MS = 1;

/** Takes snapshots between steps, when they are due or wanted; on the computing thread, which it holds up shortly. */
export class CheckpointTaker {
  readonly #parts: CheckpointTakerParts;
  #shadow: ShadowMemory | undefined;
  #hasBase = false;
  #given = false;
  #lookedAt: number;
  #cpuAtLook: number;
  #cpuAtTaken: number;
  #longestStepMs = 0;

  constructor(parts: CheckpointTakerParts) {
    this.#parts = parts;
    this.#lookedAt = parts.now();
    this.#cpuAtLook = parts.cpuMs();
    this.#cpuAtTaken = this.#cpuAtLook;
  }

  afterStep(between: BetweenSteps): void {
    const { words } = this.#parts;
    if (this.#given || (!this.#isDue() && !words.wanted)) return;
    if (words.busy) return;
    this.#cpuAtTaken = this.#cpuAtLook;
    try {
      this.#take(between);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#given = true;
      this.#shadow = undefined;
      this.#parts.refused('This computer has not enough memory for checkpoints of this task.');
    }
  }

  #isDue(): boolean {
    const now = this.#parts.now();
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      const cpu = this.#parts.cpuMs();
      this.#longestStepMs = Math.max(this.#longestStepMs, cpu - this.#cpuAtLook);
      this.#cpuAtLook = cpu;
      this.#lookedAt = now;
    }
    return this.#cpuAtLook - this.#cpuAtTaken + this.#longestStepMs >= this.#parts.everyMs;
  }

  #take({ memory, mostBytes, state, breathe }: BetweenSteps): void {
    const { words, taken } = this.#parts;
    this.#shadow ??= new ShadowMemory(mostBytes, breathe);
    const isBase = !this.#hasBase || words.needsBase;
    const dirty = this.#shadow.follow(memory);
    const numbers = isBase && this.#hasBase ? this.#shadow.used() : dirty;
    this.#hasBase = true;
    words.begin();
    taken({
      kind: isBase ? 'base' : 'delta',
      state: state(),
      pages: { shared: this.#shadow.shared, numbers },
    });
  }
}
