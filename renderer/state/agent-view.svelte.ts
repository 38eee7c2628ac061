// SPDX-License-Identifier: MIT
import type { AgentState, Snapshot } from '../../protocol/agent-state.ts';
import type { Bridge, IntentName, IntentRequest, IntentResponse } from '../../protocol/bridge.ts';
import { toError } from '../../protocol/errors.ts';
import type { Settings } from '../../protocol/settings.ts';

type Patch = Partial<Settings>;

/** What the page knows of the agent: its newest snapshot and whether it can be reached. */
export class AgentView {
  readonly #bridge: Bridge;
  #snapshot = $state.raw<Snapshot>();
  #connected = $state(false);
  #everConnected = $state(false);
  /** settings on their way to the agent, shown at once */
  #wanted = $state.raw<Patch>({});
  /** the newest change of each setting; an older one's answer must not undo it on the page */
  readonly #newest = new Map<string, symbol>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  get state(): AgentState | undefined {
    return this.#snapshot?.state;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Was there, and is not any more. */
  get lost(): boolean {
    return this.#everConnected && !this.#connected;
  }

  /** The settings as the person has just set them. */
  settingsOf(state: AgentState): Settings {
    return { ...state.settings, ...this.#wanted };
  }

  /** @param onError hears of failures that no caller waits for */
  start(onError: (error: Error) => void): () => void {
    const stopSnapshots = this.#bridge.onSnapshot((snapshot) => this.#take(snapshot));
    const stopConnection = this.#bridge.onConnection((connected) => {
      this.#connected = connected;
      this.#wanted = {};
      if (!connected) return;
      this.#everConnected = true;
      // A restarted agent counts its revisions from the start again.
      this.#bridge.send('snapshot', {}).then(
        (snapshot) => {
          this.#snapshot = snapshot;
        },
        (error: unknown) => onError(toError(error)),
      );
    });
    return () => {
      stopSnapshots();
      stopConnection();
    };
  }

  send<N extends IntentName>(name: N, request: IntentRequest<N>): Promise<IntentResponse<N>> {
    return this.#bridge.send(name, request);
  }

  async setSettings(patch: IntentRequest<'setSettings'>): Promise<void> {
    const change = Symbol('change');
    for (const key of Object.keys(patch)) this.#newest.set(key, change);
    this.#wanted = { ...this.#wanted, ...(patch as Patch) };
    try {
      await this.#bridge.send('setSettings', patch);
      this.#take(await this.#bridge.send('snapshot', {}));
    } finally {
      const kept = Object.entries(this.#wanted).filter(([key]) => this.#newest.get(key) !== change);
      this.#wanted = Object.fromEntries(kept) as Patch;
    }
  }

  #take(snapshot: Snapshot): void {
    if (this.#snapshot === undefined || snapshot.revision >= this.#snapshot.revision)
      this.#snapshot = snapshot;
  }
}
