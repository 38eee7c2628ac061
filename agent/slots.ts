// SPDX-License-Identifier: MIT
import type { RunDecision, SlotState } from '../protocol/agent-state.ts';
import type { AttemptLease, PollRequest } from '../protocol/coordinator-api.ts';
import type { AttemptId } from '../protocol/ids.ts';
import type { FinishedTask } from '../protocol/worker-messages.ts';
import { needsOfSpec, workerMemoryCeiling } from './policy/worker-memory.ts';
import { Slot, type SlotParts } from './slot.ts';

export interface SlotsParts extends SlotParts {
  /** memory that tasks may use together, bytes */
  readonly memoryBytes: () => number;
  /** how many attempts may be held at a time, running or not */
  readonly mostHeld: number;
  /** Keeps the result; the attempt is held until this resolves. */
  readonly finished: (slot: Slot, task: FinishedTask) => Promise<void>;
  /** It could not be run here. */
  readonly failed: (slot: Slot, error: unknown) => void;
  /** An attempt is no longer held, for whatever reason. */
  readonly freed: () => void;
}

/** Starts, parks, resumes and ends attempts as the run decision says; parking keeps the process and its memory. */
export class Slots {
  readonly #parts: SlotsParts;
  /** in the order in which they were started; those that never were come last */
  #slots: Slot[] = [];
  #decision: Pick<RunDecision, 'slots' | 'cpuDutyPercent'> = { slots: 0, cpuDutyPercent: 0 };

  constructor(parts: SlotsParts) {
    this.#parts = parts;
  }

  /** How many more tasks could run now. */
  get free(): number {
    return Math.max(0, this.#decision.slots - this.#slots.length);
  }

  get anyRunning(): boolean {
    return this.#slots.some((slot) => slot.isRunning);
  }

  /** Whether anything is fetched or computed. */
  get working(): boolean {
    return this.#slots.some((slot) => slot.isRunning || slot.stage === 'fetching');
  }

  holds(attempt: AttemptId): boolean {
    return this.#slots.some((slot) => slot.lease.attempt === attempt);
  }

  held(): PollRequest['attempts'] {
    return this.#slots.map(({ lease, progress }) => ({
      attempt: lease.attempt,
      progressPermille: progress.progressPermille,
    }));
  }

  states(): SlotState[] {
    return this.#slots.map((slot) => slot.state());
  }

  /** Whether there is room for it, and it could ever run within the memory that tasks may use. */
  canHold(lease: AttemptLease): boolean {
    return (
      this.#slots.length < this.#parts.mostHeld && lease.spec.limits.memoryBytes <= this.#parts.memoryBytes()
    );
  }

  hold(lease: AttemptLease): void {
    this.#slots.push(new Slot(lease, this.#parts));
    this.apply(this.#decision);
    this.#parts.changed();
  }

  /** The oldest run; the newest are parked. */
  apply(decision: Pick<RunDecision, 'slots' | 'cpuDutyPercent'>): void {
    this.#decision = decision;
    let running = 0;
    for (const slot of [...this.#slots]) {
      const mayRun = running < decision.slots && (slot.stage !== 'waiting' || this.#fits(slot));
      // Slots take turns: each begins at its own place in the period of the cap.
      const phase = running / Math.max(1, decision.slots);
      if (mayRun) running += 1;
      slot.control(
        mayRun
          ? { parked: false, dutyPercent: decision.cpuDutyPercent, phase }
          : { parked: true, dutyPercent: 1 },
      );
      if (mayRun && slot.stage === 'waiting') this.#start(slot);
    }
  }

  /** Ends an attempt. @returns what it had done so far, or undefined when it is not held */
  async cancel(attempt: AttemptId): Promise<Slot | undefined> {
    const slot = this.#slots.find((one) => one.lease.attempt === attempt);
    if (slot === undefined) return undefined;
    this.#remove(slot);
    await slot.stop();
    return slot;
  }

  /** Makes a checkpoint of all that can be checkpointed. */
  async checkpointAll(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.checkpoint()));
  }

  /** Ends all. @returns what was held */
  async stopAll(): Promise<Slot[]> {
    const slots = this.#slots;
    this.#slots = [];
    await Promise.all(slots.map((slot) => slot.stop()));
    return slots;
  }

  #start(slot: Slot): void {
    const others = this.#slots.filter((one) => one !== slot);
    const started = others.filter((one) => one.stage !== 'waiting');
    this.#slots = [...started, slot, ...others.filter((one) => one.stage === 'waiting')];
    this.#parts.background.run('a slot', this.#see(slot));
  }

  async #see(slot: Slot): Promise<void> {
    try {
      const task = await slot.run();
      if (!slot.signal.aborted) await this.#parts.finished(slot, task);
    } catch (error) {
      if (!slot.signal.aborted) this.#parts.failed(slot, error);
    }
    if (this.#slots.includes(slot)) this.#remove(slot);
  }

  #remove(slot: Slot): void {
    this.#slots = this.#slots.filter((one) => one !== slot);
    this.apply(this.#decision);
    this.#parts.freed();
  }

  /**
   * Whether all workers together stay within the memory that tasks may use, each at its ceiling. A parked process keeps
   * its memory, so everything that was started counts. One alone may always run: what it takes besides its own
   * memory was not known when it was leased.
   */
  #fits(slot: Slot): boolean {
    const started = this.#slots.filter((one) => one.stage !== 'waiting');
    const ceilings = [...started, slot].map(({ lease }) => workerMemoryCeiling(needsOfSpec(lease.spec)));
    return started.length === 0 || ceilings.reduce((sum, one) => sum + one, 0) <= this.#parts.memoryBytes();
  }
}
