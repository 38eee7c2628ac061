// SPDX-License-Identifier: MIT
import type { SlotCheckpoint } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import { LullError, toError } from '../protocol/errors.ts';
import type { AttemptId } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Checkpointing, CheckpointStore, SnapshotKind, SnapshotSink } from './ports.ts';
import type { Problems } from './problems.ts';

/** Computing time between two checkpoints, ms: with the step and the writing there is never more than 30 s at risk. */
const CHECKPOINT_EVERY_MS = 20_000;
const PROBLEM = 'checkpoint_disk';

export interface SlotCheckpointsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: CheckpointStore;
  readonly problems: Problems;
  /** computing time between two checkpoints, ms; what holds the 30 s that may be at risk when absent */
  readonly everyMs?: number;
  readonly changed: () => void;
}

/** The checkpoints of one attempt, over all the workers that it has. */
export class SlotCheckpoints {
  readonly #attempt: AttemptId;
  readonly #parts: SlotCheckpointsParts;
  /** CPU time of the workers before the present one, as far as it is kept */
  #cpuMsBefore = 0;
  #savedCpuMs = 0;
  #savedAt: number | null = null;
  #refused: string | undefined;
  #resumed = false;
  #count = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(attempt: AttemptId, parts: SlotCheckpointsParts) {
    this.#attempt = attempt;
    this.#parts = parts;
  }

  /** CPU time of the attempt so far, ms. @param workerCpuMs of the present worker */
  cpuMs(workerCpuMs: number): number {
    return this.#cpuMsBefore + workerCpuMs;
  }

  /** CPU time of the attempt when its last checkpoint was made, ms. */
  get savedCpuMs(): number {
    return this.#savedCpuMs;
  }

  /** Whether there is one to go on from. */
  get has(): boolean {
    return this.#parts.store.size(this.#attempt) > 0;
  }

  /** How many were kept since this began: a task that makes some gets further. */
  get count(): number {
    return this.#count;
  }

  /** @param cpuMs of the attempt so far */
  state(cpuMs: number): SlotCheckpoint {
    return {
      atRiskMs: Math.max(0, cpuMs - this.#savedCpuMs),
      savedAt: this.#savedAt,
      bytes: this.#parts.store.size(this.#attempt),
      resumed: this.#resumed,
      ...(this.#refused !== undefined && { refused: this.#refused }),
    };
  }

  /** For the next worker: it goes on from the last checkpoint, if there is one. */
  async next(): Promise<Checkpointing> {
    const kept = await this.#load();
    this.#cpuMsBefore = kept?.cpuMs ?? 0;
    this.#savedCpuMs = this.#cpuMsBefore;
    this.#savedAt = kept?.savedAt ?? null;
    return {
      everyMs: this.#parts.everyMs ?? CHECKPOINT_EVERY_MS,
      resume: kept?.files ?? [],
      begun: ({ resumed, notResumed, refused }) => {
        this.#resumed = resumed;
        if (notResumed !== undefined) this.#beginAnew(notResumed);
        if (refused !== undefined) this.#refuse(refused);
        this.#parts.changed();
      },
      refused: (why) => this.#refuse(why),
      snapshot: (kind, cpuMs) => this.#snapshot(kind, cpuMs),
    };
  }

  /** The attempt has ended: nothing is kept of it. */
  async forget(): Promise<void> {
    this.#ended = true;
    await this.#writing;
    await this.#parts.store.forget(this.#attempt);
  }

  async #load(): ReturnType<CheckpointStore['load']> {
    try {
      return await this.#parts.store.load(this.#attempt);
    } catch (error) {
      this.#parts.logger.warn('A checkpoint could not be read', this.#about(error));
      return undefined;
    }
  }

  #beginAnew(why: string): void {
    this.#parts.logger.warn('A task begins anew', { attempt: this.#attempt, why });
    this.#cpuMsBefore = 0;
    this.#savedCpuMs = 0;
    this.#savedAt = null;
    this.#writing = this.#parts.store.forget(this.#attempt).catch((error: unknown) => this.#failed(error));
  }

  #refuse(why: string): void {
    this.#refused = why;
    this.#parts.changed();
  }

  #snapshot(kind: SnapshotKind, cpuMs: number): SnapshotSink {
    const draft = this.#writing.then(() => this.#parts.store.draft(this.#attempt, kind));
    let failed = false;
    let steps: Promise<unknown> = draft.catch((error: unknown) => fail(error));
    const fail = (error: unknown): void => {
      if (!failed && !this.#ended) this.#failed(error);
      failed = true;
    };
    const then = (work: () => Promise<unknown>): Promise<void> => {
      const done = steps.then(() => (failed ? undefined : work())).then(() => undefined, fail);
      steps = done;
      this.#writing = done;
      return done;
    };
    const discard = async (): Promise<void> => (await draft).discard();
    return {
      write: (piece) => then(async () => (await draft).write(piece)),
      end: async () => {
        const savedAt = this.#parts.clock.now();
        await then(async () => (await draft).commit({ cpuMs: this.cpuMs(cpuMs), savedAt }));
        if (failed) await discard().catch(() => undefined);
        else this.#saved(cpuMs, savedAt);
        return !failed;
      },
      cancel: () => {
        then(discard).catch(fail);
      },
    };
  }

  #saved(cpuMs: number, savedAt: number): void {
    this.#savedCpuMs = this.cpuMs(cpuMs);
    this.#savedAt = savedAt;
    this.#count += 1;
    this.#parts.problems.clear(PROBLEM);
    this.#parts.changed();
  }

  #failed(error: unknown): void {
    const { problems, logger, clock } = this.#parts;
    logger.warn('A checkpoint could not be kept', this.#about(error));
    const isFull = error instanceof LullError && error.code === 'disk_full';
    problems.raise(
      PROBLEM,
      isFull
        ? 'Checkpoints cannot be kept because the disk is full, or as full as you allow: tasks go on without, and lose ' +
            'their work if this computer stops. Free some space, or allow more in the settings.'
        : `Checkpoints cannot be kept (${toError(error).message}): tasks go on without, and lose their work if this computer stops.`,
      clock.now(),
    );
  }

  #about(error: unknown): { attempt: AttemptId; error: string } {
    return { attempt: this.#attempt, error: toError(error).message };
  }
}
