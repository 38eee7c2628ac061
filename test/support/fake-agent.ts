// SPDX-License-Identifier: MIT
import type { z } from 'zod';

import {
  type ActivityItem,
  type AgentState,
  agentStateSchema,
  type Snapshot,
} from '../../protocol/agent-state.ts';
import { type IntentName, intentNameSchema, INTENTS, type PauseFor } from '../../protocol/bridge.ts';
import { LullError, parseAt } from '../../protocol/errors.ts';
import { accountIdSchema, deviceIdSchema } from '../../protocol/ids.ts';
import type { Settings } from '../../protocol/settings.ts';
import { FakeLedger } from './fake-ledger.ts';
import { SAMPLE_NOW, sampleState } from './sample-state.ts';

type Request<N extends IntentName> = z.output<(typeof INTENTS)[N]['request']>;
type Handlers = { readonly [N in IntentName]: (request: Request<N>) => unknown };

const PAUSE_MS = { '15m': 15 * 60_000, '1h': 3_600_000, tomorrow: 20 * 3_600_000 } as const;

/** An agent without an engine: publishes the states a test gives it, and does to them what intents ask. */
export class FakeAgent {
  readonly device = deviceIdSchema.parse('dev1ceQm4uT0Zk3xPz8Yc2Nn5Ld7Wr9Vb1Sg6Hj0Kf8');
  readonly account = accountIdSchema.parse('acc0untXe7Rt2Uy5Io8Pa1Sd4Fg6Hj9Kl3Zx0Cv2Bn4');
  readonly ledger = new FakeLedger(this.account, this.device);
  /** every intent that reached it, except the looks at the snapshot */
  readonly intents: { readonly name: IntentName; readonly request: unknown }[] = [];
  /** what ended before what the state shows */
  olderActivity: readonly ActivityItem[] = [];
  /** when set, every intent fails with it */
  failure: LullError | undefined;
  /** ms since the epoch */
  now: () => number = () => SAMPLE_NOW;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #snapshot: Snapshot;

  constructor(changes: Partial<AgentState> = {}) {
    const state = sampleState({ device: this.device, account: this.account, ...changes });
    this.#snapshot = { revision: 1, state };
  }

  /** Replaces everything: the sample with these changes. */
  reset(changes: Partial<AgentState> = {}): void {
    this.intents.length = 0;
    this.failure = undefined;
    this.olderActivity = [];
    this.#set(sampleState({ device: this.device, account: this.account, ...changes }));
  }

  /** Changes top-level parts of the state and publishes it. */
  publish(changes: Partial<AgentState>): void {
    this.#set({ ...this.#snapshot.state, ...changes });
  }

  readonly snapshot = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: (snapshot: Snapshot) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly handle = async (name: string, request: unknown): Promise<unknown> => {
    const known = parseAt(intentNameSchema, name, 'the name of the intent');
    const schema: z.ZodType = INTENTS[known].request;
    const parsed: unknown = parseAt(schema, request, 'the request');
    if (known !== 'snapshot') this.intents.push({ name: known, request: parsed });
    if (this.failure !== undefined && known !== 'snapshot') throw this.failure;
    const run = this.#handlers[known] as (request: unknown) => unknown;
    return (await run(parsed)) ?? {};
  };

  /** how many listen: each page that is connected does */
  get listening(): number {
    return this.#listeners.size;
  }

  get #state(): AgentState {
    return this.#snapshot.state;
  }

  readonly #handlers: Handlers = {
    acceptConsent: () => {
      this.#setSettings({ consentGivenAt: this.now() });
      this.publish({ consent: 'given', overall: 'earning', earnNowUntil: this.now() + 600_000 });
      this.#decide({ slots: 4, cpuDutyPercent: 100, profile: 'away', reasons: [] });
    },
    pause: (request) => this.#pause(request.for),
    resume: () => {
      this.#setSettings({ pausedUntil: null });
      this.publish({ overall: 'waiting' });
      this.#decide({ slots: 4, cpuDutyPercent: 100, profile: 'away', reasons: [] });
    },
    earnNow: ({ minutes }) => {
      this.publish({ overall: 'earning', earnNowUntil: this.now() + minutes * 60_000 });
      this.#decide({ slots: 4, cpuDutyPercent: 100, profile: 'away', reasons: [] });
    },
    setSettings: (patch) => {
      const given = Object.entries(patch).filter(([, value]) => value !== undefined);
      this.#setSettings(Object.fromEntries(given) as Partial<Settings>);
    },
    practiceAgain: () => undefined,
    retryModule: ({ module }) =>
      this.publish({ refusedModules: this.#state.refusedModules.filter((one) => one.module !== module) }),
    activity: ({ limit }) => ({ items: [...this.#state.activity, ...this.olderActivity].slice(0, limit) }),
    receiptProof: async ({ id }) => {
      const proof = await this.ledger.proof(id);
      if (proof === undefined)
        throw new LullError('unknown_receipt', 'There is no such receipt on this computer.');
      return proof;
    },
    snapshot: () => this.#snapshot,
  };

  #pause(length: PauseFor): void {
    const mayEndAt = length === 'until_resumed' ? undefined : this.now() + PAUSE_MS[length];
    this.#setSettings({ pausedUntil: mayEndAt ?? 'resumed' });
    this.publish({ overall: 'paused', earnNowUntil: null });
    const reason = { code: 'paused_by_user' as const, ...(mayEndAt === undefined ? {} : { mayEndAt }) };
    this.#decide({ slots: 0, cpuDutyPercent: 0, profile: 'away', reasons: [reason] });
  }

  #decide(decision: AgentState['decision']): void {
    this.publish({ decision });
  }

  #setSettings(patch: Partial<Settings>): void {
    this.publish({ settings: { ...this.#state.settings, ...patch } });
  }

  #set(state: AgentState): void {
    this.#snapshot = { revision: this.#snapshot.revision + 1, state: agentStateSchema.parse(state) };
    for (const listener of this.#listeners) listener(this.#snapshot);
  }
}
