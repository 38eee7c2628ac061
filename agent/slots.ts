// SPDX-License-Identifier: MIT
import type { RunDecision, SlotState } from '../protocol/agent-state.ts';
import type { AttemptLease, PollRequest } from '../protocol/coordinator-api.ts';
import type { AttemptId } from '../protocol/ids.ts';
import type { SuspendCode } from '../protocol/suspend-reasons.ts';
import type { FinishedTask } from '../protocol/worker-messages.ts';
import { needsOfSpec, workerMemoryCeiling } from './policy/worker-memory.ts';
import { Slot, type SlotParts } from './slot.ts';

export interface SlotsParts extends SlotParts {
  /** memory that tasks may use together now, bytes */
  readonly memoryBytes: () => number;
  /** memory that tasks may ever use together, by the settings as they are, bytes */
  readonly mostMemoryBytes: () => number;
  /** how many attempts may be held at a time, running or not */
  readonly mostHeld: number;
  /** Keeps the result; the attempt is held until this resolves. */
  readonly finished: (slot: Slot, task: FinishedTask) => Promise<void>;
  /** It could not be run here. */
  readonly failed: (slot: Slot, error: unknown) => void;
  /** An attempt is no longer held, for whatever reason. */
  readonly freed: () => void;
}

/** What of a run decision the slots follow. */
type SlotsDecision = Pick<RunDecision, 'slots' | 'cpuDutyPercent' | 'keepsMemory' | 'profile' | 'reasons'>;

/** Nobody is kept waiting by a task that goes on for a moment for its checkpoint, when this is why it is to stop. */
const CHECKPOINT_FIRST: ReadonlySet<SuspendCode | undefined> = new Set(['memory_low', 'going_to_sleep']);

/**
 * Starts, parks, resumes and ends attempts as the run decision says. Parking keeps the process and its memory, unless
 * the decision wants it back: then the attempt goes on from its checkpoint later.
 */
export class Slots {
  readonly #parts: SlotsParts;
  /** in the order in which they were started; those that never were come last */
  #slots: Slot[] = [];
  #decision: SlotsDecision = {
    slots: 0,
    cpuDutyPercent: 0,
    keepsMemory: true,
    profile: 'in_use',
    reasons: [],
  };

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
      this.#slots.length < this.#parts.mostHeld &&
      lease.spec.limits.memoryBytes <= this.#parts.mostMemoryBytes()
    );
  }

  hold(lease: AttemptLease): void {
    this.#slots.push(new Slot(lease, this.#parts));
    this.apply(this.#decision);
    this.#parts.changed();
  }

  /** The oldest run; the newest are parked. */
  apply(decision: SlotsDecision): void {
    this.#decision = decision;
    const checkpointFirst = decision.profile === 'away' && CHECKPOINT_FIRST.has(decision.reasons[0]?.code);
    let running: Slot[] = [];
    for (const slot of [...this.#slots]) {
      const mayRun = running.length < decision.slots && this.#fits(slot, running);
      // Slots take turns: each begins at its own place in the period of the cap.
      const phase = running.length / Math.max(1, decision.slots);
      if (mayRun) running = [...running, slot];
      slot.control(
        mayRun
          ? { parked: false, dutyPercent: decision.cpuDutyPercent, phase }
          : { parked: true, dutyPercent: 1 },
        { checkpointFirst },
      );
      if (mayRun && slot.stage === 'waiting') this.#start(slot);
      if (!mayRun && !decision.keepsMemory && !slot.isRunning) {
        this.#parts.background.run('giving memory back', slot.release());
      }
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
      if (task === undefined) return this.apply(this.#decision);
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
   * Whether all workers together stay within the memory that tasks may use now, each at its ceiling: those that run,
   * and, where this one has no process yet, those that are parked too, because they keep their memory. One alone may
   * always run if its own memory fits: what it takes besides was not known when it was leased.
   */
  #fits(slot: Slot, running: readonly Slot[]): boolean {
    const others =
      slot.stage === 'waiting'
        ? this.#slots.filter((one) => one !== slot && one.stage !== 'waiting')
        : running;
    const memoryBytes = this.#parts.memoryBytes();
    if (others.length === 0) return slot.lease.spec.limits.memoryBytes <= memoryBytes;
    const ceilings = [...others, slot].map(({ lease }) => workerMemoryCeiling(needsOfSpec(lease.spec)));
    return ceilings.reduce((sum, one) => sum + one, 0) <= memoryBytes;
  }
}
