// SPDX-License-Identifier: MIT
import type { AgentState, Snapshot } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';

/** The shortest time between two published snapshots, ms. */
const COALESCE_MS = 250;

/** Publishes whole states, at most four a second, each with a revision of its own; builds none unasked. */
export class SnapshotPublisher {
  readonly #clock: Clock;
  readonly #build: () => AgentState;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #latest: Snapshot | undefined;
  #dirty = true;
  #publishedAt = -Infinity;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, build: () => AgentState) {
    this.#clock = clock;
    this.#build = build;
  }

  /** The state as it is now. */
  snapshot(): Snapshot {
    if (this.#latest === undefined || this.#dirty) {
      this.#latest = { revision: (this.#latest?.revision ?? 0) + 1, state: this.#build() };
      this.#dirty = false;
    }
    return this.#latest;
  }

  /** @returns a function that stops listening */
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says that something that is part of the state has changed. */
  changed(): void {
    this.#dirty = true;
    if (this.#listeners.size === 0 || this.#cancelTimer !== undefined) return;
    const dueMs = this.#publishedAt + COALESCE_MS - this.#clock.monotonic();
    this.#cancelTimer = this.#clock.after(Math.max(0, dueMs), () => this.#publish());
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#listeners.clear();
  }

  #publish(): void {
    this.#cancelTimer = undefined;
    this.#publishedAt = this.#clock.monotonic();
    const snapshot = this.snapshot();
    for (const listener of [...this.#listeners]) listener(snapshot);
  }
}
