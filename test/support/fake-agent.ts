// SPDX-License-Identifier: MIT
import type { z } from 'zod';

import {
  type ActivityItem,
  type AgentState,
  agentStateSchema,
  type Snapshot,
} from '../../protocol/agent-state.ts';
import {
  type IntentName,
  intentNameSchema,
  INTENTS,
  type PausedPart,
  type PauseFor,
} from '../../protocol/bridge.ts';
import { LullError, parseAt } from '../../protocol/errors.ts';
import { accountIdSchema, deviceIdSchema } from '../../protocol/ids.ts';
import {
  defaultsOf,
  readSettingsText,
  type Settings,
  type SettingsPatch,
  writeSettingsText,
} from '../../protocol/settings.ts';
import { FakeLedger } from './fake-ledger.ts';
import { SAMPLE_NOW, sampleDecision, sampleState } from './sample-state.ts';

type Request<N extends IntentName> = z.output<(typeof INTENTS)[N]['request']>;
type Handlers = { readonly [N in IntentName]: (request: Request<N>) => unknown };

const RUNS: AgentState['decision'] = {
  slots: 4,
  cpuDutyPercent: 100,
  gpuDutyPercent: 50,
  memoryPercent: 25,
  keepsMemory: true,
  mayFetch: true,
  keepAwake: false,
  profile: 'away',
  reasons: [],
};
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
  /** what runs on the computer */
  programs: string[] | null = ['firefox', 'blender'];
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
      this.#decide(RUNS);
    },
    pause: (request) => this.#pause(request.for, request.of),
    resume: ({ of }) => {
      this.#setSettings({ gpuPausedUntil: null, ...(of === 'all' && { pausedUntil: null }) });
      if (of === 'gpu') return;
      this.publish({ overall: 'waiting' });
      this.#decide(RUNS);
    },
    earnNow: ({ minutes }) => {
      this.publish({ overall: 'earning', earnNowUntil: this.now() + minutes * 60_000 });
      this.#decide(RUNS);
    },
    setSettings: (patch) => this.#change(patch),
    exportSettings: () => ({ text: writeSettingsText(this.#state.settings) }),
    importSettings: ({ text }) => {
      const { patch, bad } = readSettingsText(text);
      this.#change(patch);
      return { bad };
    },
    resetSettings: ({ section }) => this.#change(defaultsOf(section)),
    runningPrograms: () => ({ programs: this.programs }),
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

  #pause(length: PauseFor, of: PausedPart): void {
    const mayEndAt = length === 'until_resumed' ? undefined : this.now() + PAUSE_MS[length];
    const until = mayEndAt ?? 'resumed';
    this.#setSettings(of === 'gpu' ? { gpuPausedUntil: until } : { pausedUntil: until });
    const reason = { code: 'paused_by_user' as const, for: of, ...(mayEndAt !== undefined && { mayEndAt }) };
    if (of === 'gpu') return this.#decide({ ...RUNS, gpuDutyPercent: 0, reasons: [reason] });
    this.publish({ overall: 'paused', earnNowUntil: null });
    this.#decide({ ...RUNS, slots: 0, cpuDutyPercent: 0, gpuDutyPercent: 0, reasons: [reason] });
  }

  #decide(decision: Partial<AgentState['decision']>): void {
    this.publish({ decision: sampleDecision(decision) });
  }

  #change(patch: SettingsPatch): void {
    const given = Object.entries(patch).filter(([, value]) => value !== undefined);
    this.#setSettings(Object.fromEntries(given) as Partial<Settings>);
  }

  #setSettings(patch: Partial<Settings>): void {
    this.publish({ settings: { ...this.#state.settings, ...patch } });
  }

  #set(state: AgentState): void {
    this.#snapshot = { revision: this.#snapshot.revision + 1, state: agentStateSchema.parse(state) };
    for (const listener of this.#listeners) listener(this.#snapshot);
  }
}
