// SPDX-License-Identifier: MIT
import type { AgentState } from '../protocol/agent-state.ts';

type Problem = AgentState['problems'][number];

/** What the owner should know now: one problem per code, each a sentence that says what to do. */
export class Problems {
  readonly #byCode = new Map<string, Problem>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Raises a problem; the same sentence again changes nothing. */
  raise(code: string, message: string, at: number): void {
    if (this.#byCode.get(code)?.message === message) return;
    this.#byCode.set(code, { code, message, at });
    this.#changed();
  }

  clear(code: string): void {
    if (this.#byCode.delete(code)) this.#changed();
  }

  has(code: string): boolean {
    return this.#byCode.has(code);
  }

  list(): Problem[] {
    return [...this.#byCode.values()];
  }
}
