// SPDX-License-Identifier: MIT
import type { AgentState, RunDecision, Snapshot } from '../protocol/agent-state.ts';
import { sleep } from '../protocol/clock.ts';
import type { PollResponse } from '../protocol/coordinator-api.ts';
import { LullError } from '../protocol/errors.ts';
import type { ReceiptId } from '../protocol/ids.ts';
import type { ReceiptProof } from '../protocol/ledger.ts';
import type { Settings } from '../protocol/settings.ts';
import type { Startable } from '../protocol/startable.ts';
import { type AgentOptions, type AgentPorts, registrationOf } from './agent-ports.ts';
import { buildState } from './agent-state-builder.ts';
import { Attempts } from './attempts.ts';
import { Background } from './background.ts';
import { Earnings } from './earnings.ts';
import { Fetcher } from './fetcher.ts';
import { runIntent } from './intents.ts';
import { NetworkSession } from './network-session.ts';
import { OutboxSender } from './outbox-sender.ts';
import { OwnerSettings } from './owner-settings.ts';
import { overallOf } from './policy/overall.ts';
import type { AgentFacts, NoWork } from './policy/run-decision.ts';
import { PolicyLoop } from './policy-loop.ts';
import { PollLoop } from './poll-loop.ts';
import { Problems } from './problems.ts';
import { ReceiptKeeper } from './receipt-keeper.ts';
import { SnapshotPublisher } from './snapshot-publisher.ts';

/** Between two tasks it still counts as working for this long, so that the ring does not blink, ms. */
const WORKING_LINGERS_MS = 3000;
/** How long quitting waits for the network to take attempts back, ms. */
const RETURN_WITHIN_MS = 2000;

/** Problems that only the owner can end. */
const NEEDS_OWNER = ['network_changed', 'api_version'];

/**
 * The engine on a device: decides what may run, supervises slots, and speaks with the network. It owns the one
 * state that every view renders, and is driven by intents only.
 */
export class Agent implements Startable {
  readonly #ports: AgentPorts;
  readonly #options: AgentOptions;
  readonly #problems: Problems;
  readonly #owner: OwnerSettings;
  readonly #session: NetworkSession;
  readonly #background: Background;
  readonly #attempts: Attempts;
  readonly #earnings: Earnings;
  readonly #policy: PolicyLoop;
  readonly #poll: PollLoop;
  readonly #outbox: OutboxSender;
  readonly #receipts: ReceiptKeeper;
  readonly #publisher: SnapshotPublisher;
  readonly #life = new AbortController();
  #networking = false;
  #shuttingDown = false;
  #stopping: Promise<void> | undefined;
  #trusted: boolean;
  #noWork: NoWork | undefined;
  #verifying = 0;
  #workedAt = -Infinity;
  #ticksPublishedAt = -Infinity;

  constructor(ports: AgentPorts, options: AgentOptions) {
    this.#ports = ports;
    this.#options = options;
    const { clock, logger, store } = ports;
    const random = ports.random ?? Math.random;
    const changed = (): void => this.#publisher.changed();
    const allowed = (): boolean => this.#owner.consented && this.#trusted && !this.#shuttingDown;
    const common = { clock, logger, store, random, allowed };

    this.#publisher = new SnapshotPublisher(clock, () => this.#state());
    this.#problems = new Problems(changed);
    for (const problem of options.problems ?? [])
      this.#problems.raise(problem.code, problem.message, clock.now());
    this.#owner = new OwnerSettings(ports.settings, clock, ports.localTime, this.#problems);
    this.#earnings = new Earnings(store, clock, ports.localTime);
    this.#trusted = store.evidenceCount() === 0;
    if (!this.#trusted) this.#saySo('it has rewritten its ledger');
    this.#background = new Background(logger, (what, error) =>
      this.#problems.raise(
        'internal',
        `Something failed inside Lull (${what}: ${error.message}). Start Lull again; the log has the details.`,
        clock.now(),
      ),
    );
    this.#session = new NetworkSession({
      ...common,
      client: ports.client,
      problems: this.#problems,
      registration: () => registrationOf(ports, options, this.#owner.current),
      changed: () => this.#connectionChanged(),
    });
    this.#attempts = new Attempts({
      ...common,
      background: this.#background,
      pool: ports.workerPool,
      fetcher: new Fetcher({ ...common, session: this.#session, cache: ports.cache }),
      session: this.#session,
      device: ports.identity.device,
      problems: this.#problems,
      memoryBytes: () => registrationOf(ports, options, this.#owner.current).capabilities.memoryBytes,
      mostHeld: options.system.threads,
      changed,
      freed: () => this.#attemptFreed(),
      recorded: () => this.#outbox.kick(),
    });
    this.#policy = new PolicyLoop({
      clock,
      sensors: ports.sensors,
      settings: () => this.#owner.current,
      facts: () => this.#facts(),
      anyRunning: () => this.#attempts.slots.anyRunning,
      decided: (decision, news) => this.#decided(decision, news),
    });
    this.#poll = new PollLoop({
      ...common,
      session: this.#session,
      freeSlots: () => this.#attempts.freeSlots,
      holding: () => ({ attempts: this.#attempts.held(), receiptsSeen: store.receiptsSeen() }),
      answered: (answer, asked) => this.#answered(answer, asked.freeSlots > 0),
    });
    this.#outbox = new OutboxSender({
      ...common,
      session: this.#session,
      sent: () => {
        this.#earnings.activityChanged();
        changed();
      },
    });
    this.#receipts = new ReceiptKeeper({
      ...common,
      session: this.#session,
      identity: ports.identity,
      changed: () => {
        this.#earnings.receiptsChanged();
        changed();
      },
      distrust: (what) => this.#distrust(what),
    });
  }

  /** Returns as soon as everything runs; the network is met in the background, and only after consent. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#ports.sensors.start(signal);
    this.#policy.start();
    if (this.#owner.consented) await this.#startNetworking(signal);
  }

  /** Parks and ends every task, gives the attempts back, closes the store. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  get settings(): Settings {
    return this.#owner.current;
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
    if (this.#shuttingDown) throw new LullError('shutting_down', 'Lull is quitting: start it again.');
    const answer = await runIntent(name, request, {
      acceptConsent: async () => {
        this.#owner.acceptConsent();
        this.#policy.settle();
        await this.#startNetworking(this.#life.signal);
        return {};
      },
      pause: (asked) => this.#done(() => this.#owner.pause(asked.for)),
      resume: () => this.#done(() => this.#owner.resume(), true),
      earnNow: (asked) => this.#done(() => this.#owner.earnNow(asked.minutes), true),
      setSettings: (patch) =>
        this.#done(() => {
          this.#owner.change(patch);
          this.#session.forget();
        }),
      practiceAgain: () => this.#practiceAgain(),
      receiptProof: (asked) => Promise.resolve(this.#proof(asked.id)),
      snapshot: () => Promise.resolve(this.snapshot()),
    });
    return answer;
  }

  async #startNetworking(signal: AbortSignal): Promise<void> {
    if (this.#networking) return;
    this.#networking = true;
    await this.#ports.workerPool.start(signal);
    const life = this.#life.signal;
    this.#background.run('polling', this.#poll.run(life));
    this.#background.run('sending results', this.#outbox.run(life));
    this.#background.run('checking receipts', this.#receipts.run(life));
    this.#policy.tick();
    this.#publisher.changed();
  }

  async #stop(): Promise<void> {
    const { clock, workerPool, sensors, store, logger } = this.#ports;
    this.#shuttingDown = true;
    this.#policy.stop();
    const leases = await this.#attempts.stop();
    const giveUp = new AbortController();
    const returned =
      this.#session.connection === 'online'
        ? this.#attempts.giveBack(leases, giveUp.signal)
        : Promise.resolve();
    await Promise.race([returned, sleep(clock, RETURN_WITHIN_MS)]);
    giveUp.abort();
    this.#life.abort();
    this.#session.stop();
    await workerPool.stop();
    await sensors.stop();
    await this.#background.ended();
    this.#publisher.stop();
    store.close();
    logger.info('The agent has stopped', { returned: leases.length });
  }

  #facts(): AgentFacts {
    return {
      threads: this.#options.system.threads,
      earnNowUntil: this.#owner.earnNowUntil,
      offlineSince: this.#session.offlineSince,
      noWork: this.#noWork,
      ledgerTrusted: this.#trusted,
      shuttingDown: this.#shuttingDown,
    };
  }

  #decided(decision: RunDecision, news: boolean): void {
    const now = this.#ports.clock.monotonic();
    this.#owner.expire();
    this.#attempts.apply(decision);
    if (this.#attempts.slots.working) this.#workedAt = now;
    this.#poll.refresh();
    // Countdowns and idle times move all the time; once a second is enough to show them.
    if (!news && now - this.#ticksPublishedAt < 1000) return;
    this.#ticksPublishedAt = now;
    this.#publisher.changed();
  }

  #answered(answer: PollResponse, asked: boolean): void {
    this.#attempts.cancel(answer.cancelled);
    this.#attempts.take(answer.leases);
    if (asked) this.#noWork = answer.leases.length > 0 ? undefined : answer.noWork;
    this.#verifying = answer.verifying;
    this.#receipts.heard(answer.receiptsLatest);
    this.#policy.tick();
  }

  #attemptFreed(): void {
    this.#earnings.activityChanged();
    this.#policy.tick();
    this.#publisher.changed();
  }

  #connectionChanged(): void {
    if (this.#session.connection === 'online') {
      this.#outbox.kick();
      this.#receipts.kick();
    }
    this.#policy.tick();
    this.#publisher.changed();
  }

  #distrust(what: string): void {
    this.#trusted = false;
    this.#saySo(what);
    this.#policy.tick();
    this.#publisher.changed();
  }

  #saySo(what: string): void {
    this.#problems.raise(
      'ledger_contradiction',
      `The network at ${this.#ports.client.url} cannot be trusted: ${what}. Nothing more is run for it and the proof ` +
        'is kept; ask its operator, or join another network with --network.',
      this.#ports.clock.now(),
    );
  }

  #done(change: () => void, settle = false): Promise<Record<string, never>> {
    change();
    if (settle) this.#policy.settle();
    this.#policy.tick();
    this.#publisher.changed();
    return Promise.resolve({});
  }

  async #practiceAgain(): Promise<Record<string, never>> {
    const { practiceAgain } = this.#options;
    if (practiceAgain === undefined) {
      throw new LullError('forbidden', 'Only the network of this computer has practice jobs to run again.');
    }
    await practiceAgain();
    this.#noWork = undefined;
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
    const { clock, store } = this.#ports;
    const { decision } = this.#policy;
    const needsOwner = NEEDS_OWNER.some((code) => this.#problems.has(code));
    const working = this.#attempts.slots.working || clock.monotonic() - this.#workedAt < WORKING_LINGERS_MS;
    return buildState({
      ports: this.#ports,
      options: this.#options,
      owner: this.#owner,
      session: this.#session,
      earnings: this.#earnings,
      decision,
      signals: this.#policy.signals,
      overall: overallOf(decision, this.#session.connection, working, needsOwner),
      slots: this.#attempts.slots.states(),
      verifying: this.#verifying,
      unsent: store.outboxAttempts().length,
      trusted: this.#trusted,
      problems: this.#problems.list(),
    });
  }
}
