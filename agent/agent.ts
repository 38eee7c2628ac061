// SPDX-License-Identifier: MIT
import type { AgentState, RunDecision, Snapshot } from '../protocol/agent-state.ts';
import { LullError, toError } from '../protocol/errors.ts';
import type { ReceiptId } from '../protocol/ids.ts';
import type { ReceiptProof } from '../protocol/ledger.ts';
import { readSettingsText, type Settings, writeSettingsText } from '../protocol/settings.ts';
import type { Startable } from '../protocol/startable.ts';
import { type AgentOptions, type AgentPorts, mostMemoryPercent } from './agent-ports.ts';
import { buildState } from './agent-state-builder.ts';
import { Background } from './background.ts';
import { Earnings } from './earnings.ts';
import { Electricity } from './electricity.ts';
import { HostServices } from './host-services.ts';
import { type IntentHandlers, runIntent } from './intents.ts';
import { NetworkWork } from './network-work.ts';
import { OwnerSettings } from './owner-settings.ts';
import { pricePerKwhAt } from './policy/electricity.ts';
import { overallOf } from './policy/overall.ts';
import type { AgentFacts } from './policy/run-decision.ts';
import { PolicyLoop } from './policy-loop.ts';
import { Problems } from './problems.ts';
import { SnapshotPublisher } from './snapshot-publisher.ts';

/** Between two tasks it still counts as working for this long, so that the ring does not blink, ms. */
const WORKING_LINGERS_MS = 3000;
/** How often countdowns and idle times, which move all the time, are published by themselves, ms. */
const COUNTDOWN_MS = 1000;

/** Problems that only the owner can end. */
const NEEDS_OWNER = ['network_changed', 'api_version'];

/**
 * The engine on a device: decides what may run, supervises slots, and speaks with the network. It owns the one
 * state that every view renders, and is driven by intents only.
 */
export class Agent implements Startable {
  readonly #ports: AgentPorts;
  readonly #options: AgentOptions;
  readonly #publisher: SnapshotPublisher;
  readonly #problems: Problems;
  readonly #owner: OwnerSettings;
  readonly #earnings: Earnings;
  readonly #electricity: Electricity;
  readonly #services: HostServices;
  readonly #network: NetworkWork;
  readonly #policy: PolicyLoop;
  readonly #background: Background;
  readonly #life = new AbortController();
  #stopping: Promise<void> | undefined;
  #workedAt = -Infinity;
  #shownAt = -Infinity;

  constructor(ports: AgentPorts, options: AgentOptions) {
    this.#ports = ports;
    this.#options = options;
    const { clock, store, localTime } = ports;
    const changed = (): void => this.#publisher.changed();
    this.#publisher = new SnapshotPublisher(clock, () => this.#state());
    this.#problems = new Problems(changed);
    for (const { code, message } of options.problems ?? []) this.#problems.raise(code, message, clock.now());
    this.#background = new Background(ports.logger, () => undefined);
    this.#owner = new OwnerSettings(ports.settings, clock, localTime, this.#problems);
    this.#earnings = new Earnings(store, clock, localTime);
    this.#network = new NetworkWork({
      ports,
      options,
      problems: this.#problems,
      earnings: this.#earnings,
      settings: () => this.#owner.current,
      decide: () => this.#policy.tick(),
      spent: (cpuMs) => this.#electricity.spent(cpuMs),
      changed,
    });
    this.#electricity = new Electricity({
      clock,
      logger: ports.logger,
      localTime,
      store,
      meter: ports.powerMeter,
      settings: () => this.#owner.current,
      pricePerKwh: () => pricePerKwhAt(this.#owner.current, localTime, clock.now()),
      threads: options.system.threads,
      earnedSince: (at) => (this.#network.isPractice ? 0n : store.earnedSince(at)),
    });
    this.#services = new HostServices({ ...ports, problems: this.#problems });
    this.#policy = new PolicyLoop({
      clock,
      sensors: ports.sensors,
      settings: () => this.#owner.current,
      facts: () => this.#facts(),
      anyRunning: () => this.#network.attempts.slots.anyRunning,
      decided: (decision, news) => this.#decided(decision, news),
    });
  }

  get settings(): Settings {
    return this.#owner.current;
  }

  /** Processor time of all workers since this began, s; it never shrinks. */
  get workersCpuSeconds(): number {
    return this.#electricity.cpuSeconds;
  }

  /** Returns as soon as everything runs; the network is met in the background, and only after consent. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#ports.sensors.start(signal);
    await this.#ports.powerMeter.start(signal);
    this.#policy.start();
    // It may take a system a while to answer; nothing waits for it.
    if (this.settings.startAtLogin) this.#background.run('autostart', this.#services.refreshAutostart());
    if (this.#owner.consented) await this.#network.start(signal);
  }

  /** Ends every task, gives the attempts back, closes the store. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  snapshot(): Snapshot {
    return this.#publisher.snapshot();
  }

  /** @returns a function that stops listening */
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    return this.#publisher.subscribe(listener);
  }

  /**
   * Runs an intent of a view.
   * @throws {LullError} `invalid_request` for what is not an intent, or what running it met
   */
  async handle(name: string, request: unknown): Promise<unknown> {
    if (this.#stopping !== undefined)
      throw new LullError('shutting_down', 'Lull is quitting: start it again.');
    return runIntent(name, request, this.#intents);
  }

  readonly #intents: IntentHandlers = {
    acceptConsent: async () => {
      await this.#wanted(() => this.#owner.acceptConsent(), { atOnce: true });
      await this.#network.start(this.#life.signal);
      return {};
    },
    pause: (asked) => this.#wanted(() => this.#owner.pause(asked.for, asked.of)),
    resume: (asked) => this.#wanted(() => this.#owner.resume(asked.of), { atOnce: true }),
    earnNow: (asked) => this.#wanted(() => this.#owner.earnNow(asked.minutes), { atOnce: true }),
    setSettings: (patch) => this.#change(() => this.#owner.change(patch)),
    exportSettings: () => Promise.resolve({ text: writeSettingsText(this.settings) }),
    importSettings: ({ text }) => this.#import(text),
    resetSettings: ({ section }) => this.#change(() => this.#owner.reset(section)),
    runningPrograms: () => Promise.resolve({ programs: this.#programs() }),
    practiceAgain: () => this.#practiceAgain(),
    retryModule: (asked) => this.#wanted(() => this.#network.attempts.retryModule(asked.module)),
    activity: ({ limit }) => Promise.resolve({ items: [...this.#ports.store.activity(limit)] }),
    receiptProof: (asked) => Promise.resolve(this.#proof(asked.id)),
    snapshot: () => Promise.resolve(this.snapshot()),
  };

  async #stop(): Promise<void> {
    this.#policy.stop();
    this.#services.stop();
    await this.#network.stop();
    this.#life.abort();
    await this.#background.ended();
    await this.#ports.powerMeter.stop();
    await this.#ports.sensors.stop();
    this.#publisher.stop();
    this.#electricity.keep();
    this.#ports.networkUsage.keep();
    this.#ports.store.close();
  }

  #facts(): Omit<AgentFacts, 'programs'> {
    return {
      threads: this.#options.system.threads,
      gpus: this.#options.system.gpus,
      network: this.#options.network.kind,
      networkBytesToday: this.#ports.networkUsage.today,
      ...this.#electricity.lately(),
      updatePending: false,
      localTime: this.#ports.localTime,
      earnNowUntil: this.#owner.earnNowUntil,
      offlineSince: this.#network.session.offlineSince,
      noWork: this.#network.noWork,
      ledgerTrusted: this.#network.trusted,
      shuttingDown: this.#stopping !== undefined,
    };
  }

  #decided(decision: RunDecision, news: boolean): void {
    const now = this.#ports.clock.monotonic();
    this.#owner.expire();
    this.#network.obey(decision);
    const { anyRunning, working } = this.#network.attempts.slots;
    if (working) this.#workedAt = now;
    this.#electricity.look(anyRunning);
    this.#services.keepAwake(decision.keepAwake && working);
    if (!news && now - this.#shownAt < COUNTDOWN_MS) return;
    this.#shownAt = now;
    this.#publisher.changed();
  }

  /** The owner wants something: it holds when this returns. `atOnce`: no waiting time stands against it. */
  #wanted(change: () => void, { atOnce = false } = {}): Promise<Record<string, never>> {
    change();
    if (atOnce) this.#policy.settle();
    this.#policy.tick();
    this.#publisher.changed();
    return Promise.resolve({});
  }

  /**
   * A change of settings holds at once, and the network is told what concerns it.
   * @throws {LullError} when the computer does not let it start at login; the setting then is as it was
   */
  async #change(change: () => void): Promise<Record<string, never>> {
    const before = this.settings;
    await this.#wanted(change, { atOnce: true });
    if (mostMemoryPercent(this.settings) !== mostMemoryPercent(before)) this.#network.session.forget();
    const { startAtLogin } = this.settings;
    if (startAtLogin === before.startAtLogin) return {};
    try {
      await this.#services.startAtLogin(startAtLogin);
    } catch (error) {
      await this.#wanted(() => this.#owner.change({ startAtLogin: before.startAtLogin }));
      throw error;
    }
    return {};
  }

  async #import(text: string): Promise<{ bad: string[] }> {
    const { patch, bad } = readSettingsText(text);
    const { startAtLogin, ...others } = patch;
    await this.#change(() => this.#owner.change(others));
    if (startAtLogin === undefined) return { bad };
    try {
      await this.#change(() => this.#owner.change({ startAtLogin }));
    } catch (error) {
      this.#ports.logger.warn('Starting at login could not be taken over', { error: toError(error).message });
      return { bad: [...bad, 'startAtLogin'] };
    }
    return { bad };
  }

  #programs(): string[] | null {
    const names = this.#ports.sensors.programs();
    return names === null ? null : [...names];
  }

  async #practiceAgain(): Promise<Record<string, never>> {
    const { practiceAgain } = this.#options;
    if (practiceAgain === undefined) {
      throw new LullError('forbidden', 'Only the network of this computer has practice jobs to run again.');
    }
    await practiceAgain();
    this.#network.expectWork();
    this.#policy.tick();
    return {};
  }

  #proof(id: ReceiptId): ReceiptProof {
    const proof = this.#ports.store.proof(id);
    if (proof === undefined) {
      throw new LullError(
        'unknown_receipt',
        'This receipt has no checked proof here yet: look again in a moment.',
      );
    }
    return proof;
  }

  #state(): AgentState {
    const { session, attempts, verifying, trusted, isPractice } = this.#network;
    const { decision, signals } = this.#policy;
    const lingers = this.#ports.clock.monotonic() - this.#workedAt < WORKING_LINGERS_MS;
    const needsOwner = NEEDS_OWNER.some((code) => this.#problems.has(code));
    return buildState({
      ports: this.#ports,
      options: this.#options,
      owner: this.#owner,
      earnings: this.#earnings,
      session,
      decision,
      signals,
      overall: overallOf(decision, session.connection, attempts.slots.working || lingers, needsOwner),
      slots: attempts.slots.states(),
      verifying,
      energy: this.#electricity.energy(isPractice ? undefined : this.#earnings.sums()),
      unsent: this.#ports.store.outboxAttempts().length,
      trusted,
      refusedModules: attempts.refusedModules(),
      problems: this.#problems.list(),
    });
  }
}
