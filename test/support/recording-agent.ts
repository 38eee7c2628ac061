// SPDX-License-Identifier: MIT
import type { AgentState, Snapshot } from '../../protocol/agent-state.ts';
import { type IntentName, INTENTS } from '../../protocol/bridge.ts';
import { LullError, parseAt } from '../../protocol/errors.ts';
import { sampleSnapshot } from './sample-state.ts';

/** An agent as the views see it: publishes what a test says and records the intents that reach it, parsed. */
export class RecordingAgent {
  readonly intents: { name: string; request: unknown }[] = [];
  /** What `handle` does instead of answering. */
  failure: Error | undefined;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #snapshot = sampleSnapshot(1);

  snapshot(): Snapshot {
    return this.#snapshot;
  }
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  get listening(): number {
    return this.#listeners.size;
  }
  async handle(name: string, request: unknown): Promise<unknown> {
    await Promise.resolve();
    if (!Object.hasOwn(INTENTS, name)) throw new LullError('not_found', 'There is no such intent.');
    const parsed: unknown = parseAt(INTENTS[name as IntentName].request, request, 'the request');
    if (this.failure !== undefined) throw this.failure;
    this.intents.push({ name, request: parsed });
    return name === 'snapshot' ? this.#snapshot : {};
  }
  publish(changes: Partial<AgentState> = {}): Snapshot {
    this.#snapshot = sampleSnapshot(this.#snapshot.revision + 1, changes);
    for (const listener of this.#listeners) listener(this.#snapshot);
    return this.#snapshot;
  }
}
