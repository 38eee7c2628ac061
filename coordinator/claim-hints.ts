// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';

/** How long it is believed that a job has nothing for an account, before the database is asked again. */
const BELIEVED_MS = 500;
const NOTHING = Number.POSITIVE_INFINITY;

interface Hint {
  after: number;
  /** monotonic; when to look from the beginning again */
  lookAt: number;
}

/**
 * Where in each job's tasks to look next for each account: the watermark of the lease query. Only a hint, kept
 * in memory: what other processes put back below it, or held locked at that moment, is found by the next look
 * from the beginning.
 */
export class ClaimHints {
  readonly #clock: Clock;
  readonly #jobs = new Map<number, Map<number, Hint>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The row id to look after; undefined when there was nothing a moment ago. */
  after(jobId: number, accountId: number): number | undefined {
    const hint = this.#jobs.get(jobId)?.get(accountId);
    if (hint === undefined) return 0;
    if (hint.after !== NOTHING) return hint.after;
    return this.#clock.monotonic() >= hint.lookAt ? 0 : undefined;
  }

  /** Rows were claimed, the lowest of them `lowest`; nothing before it was to be had. */
  claimed(jobId: number, accountId: number, lowest: number): void {
    this.#set(jobId, accountId, lowest);
  }

  /** Nothing was found, from the beginning on. */
  nothing(jobId: number, accountId: number): void {
    this.#set(jobId, accountId, NOTHING);
  }

  /** A task may be handed out again. */
  requeued(jobId: number, taskId: number): void {
    for (const hint of this.#jobs.get(jobId)?.values() ?? []) {
      hint.after = Math.min(hint.after, taskId - 1);
    }
  }

  ended(jobId: number): void {
    this.#jobs.delete(jobId);
  }

  #set(jobId: number, accountId: number, after: number): void {
    const hints = this.#jobs.get(jobId) ?? new Map<number, Hint>();
    hints.set(accountId, { after, lookAt: this.#clock.monotonic() + BELIEVED_MS });
    this.#jobs.set(jobId, hints);
  }
}
