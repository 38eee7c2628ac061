// SPDX-License-Identifier: MIT
import type { Snapshot } from '../protocol/agent-state.ts';

/** What the window and the tray may reach of the agent. */
export interface AgentFace {
  snapshot(): Snapshot;
  /** @returns stops listening */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;
  /** Parses and runs an intent. @throws {LullError} */
  handle(name: string, request: unknown): Promise<unknown>;
}
