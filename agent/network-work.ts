// SPDX-License-Identifier: MIT
import type { RunDecision } from '../protocol/agent-state.ts';
import { sleep } from '../protocol/clock.ts';
import type { PollResponse } from '../protocol/coordinator-api.ts';
import type { Settings } from '../protocol/settings.ts';
import type { Startable } from '../protocol/startable.ts';
import type { SuspendCode } from '../protocol/suspend-reasons.ts';
import { type AgentOptions, type AgentPorts, registrationOf } from './agent-ports.ts';
import { Attempts } from './attempts.ts';
import { Background } from './background.ts';
import type { Earnings } from './earnings.ts';
import { Fetcher } from './fetcher.ts';
import { Gate } from './gate.ts';
import { NetworkSession } from './network-session.ts';
import { OutboxSender } from './outbox-sender.ts';
import type { NoWork } from './policy/run-decision.ts';
import { PollLoop } from './poll-loop.ts';
import type { Problems } from './problems.ts';
import { ReceiptKeeper } from './receipt-keeper.ts';

/** Why nothing is sent, and not only nothing fetched. */
const KEEPS_QUIET: ReadonlySet<SuspendCode> = new Set(['metered_network', 'network_quota']);

/** How long quitting waits for the network to take attempts back, ms. */
const RETURN_WITHIN_MS = 2000;

interface NetworkWorkParts {
  readonly ports: AgentPorts;
  readonly options: AgentOptions;
  readonly problems: Problems;
  readonly earnings: Earnings;
  readonly settings: () => Settings;
  /** workers have taken so much more processor time, ms */
  readonly spent: (cpuMs: number) => void;
  /** decides anew: something that a decision rests on has changed */
  readonly decide: () => void;
  /** something that views show has changed */
  readonly changed: () => void;
}

/** All that is done with and for the network: asking for work, running it, sending results, checking receipts. */
export class NetworkWork implements Startable {
  readonly session: NetworkSession;
  readonly attempts: Attempts;
  readonly #parts: NetworkWorkParts;
  readonly #background: Background;
  readonly #poll: PollLoop;
  readonly #outbox: OutboxSender;
  readonly #receipts: ReceiptKeeper;
  readonly #life = new AbortController();
  readonly #asking = new AbortController();
  #started = false;
  #stopping = false;
  #trusted: boolean;
  #noWork: NoWork | undefined;
  #verifying = 0;
  readonly #fetching = new Gate();
  readonly #sending = new Gate();
  #memoryPercent = 0;

  constructor(parts: NetworkWorkParts) {
    this.#parts = parts;
    const { ports, options, problems, earnings, settings, changed } = parts;
    const { clock, logger, store } = ports;
    const allowed = (): boolean => this.#trusted && !this.#stopping;
    const common = { clock, logger, store, problems, allowed, changed, random: ports.random ?? Math.random };
    const registration = (): ReturnType<typeof registrationOf> => registrationOf(ports, options, settings());

    this.#trusted = store.evidenceCount() === 0;
    if (!this.#trusted) this.#saySo('it has rewritten its ledger');
    this.#background = new Background(logger, (what, error) =>
      problems.raise(
        'internal',
        `Something failed inside Lull (${what}: ${error.message}). Start Lull again; the log has the details.`,
        clock.now(),
      ),
    );
    const session = new NetworkSession({
      ...common,
      client: ports.client,
      registration,
      changed: () => this.#connectionChanged(),
    });
    this.session = session;
    this.attempts = new Attempts({
      ...common,
      session,
      background: this.#background,
      checkpoints: ports.checkpoints,
      pool: ports.workerPool,
      fetcher: new Fetcher({ ...common, session, cache: ports.cache, gate: this.#fetching }),
      device: ports.identity.device,
      memoryBytes: () => (options.system.totalMemoryBytes * this.#memoryPercent) / 100,
      mostMemoryBytes: () => registration().capabilities.memoryBytes,
      spent: parts.spent,
      began: parts.decide,
      mostHeld: options.system.threads,
      software: options.host.software,
      freed: () => {
        earnings.activityChanged();
        this.#news();
      },
      recorded: () => this.#outbox.kick(),
    });
    this.#poll = new PollLoop({
      ...common,
      session,
      allowed: () => allowed() && this.#mayPoll,
      freeSlots: () => (this.#fetching.isOpen ? this.attempts.freeSlots : 0),
      holding: () => ({ attempts: this.attempts.held(), receiptsSeen: this.#receipts.known }),
      answered: (answer, asked) => this.#answered(answer, asked.freeSlots > 0),
    });
    this.#outbox = new OutboxSender({
      ...common,
      session,
      gate: this.#sending,
      sent: () => {
        earnings.activityChanged();
        changed();
      },
    });
    this.#receipts = new ReceiptKeeper({
      ...common,
      session,
      allowed: () => allowed() && this.#sending.isOpen,
      identity: ports.identity,
      changed: () => {
        earnings.receiptsChanged();
        changed();
      },
      distrust: (what) => {
        this.#trusted = false;
        this.#asking.abort();
        this.#saySo(what);
        this.#background.run('ending tasks', this.attempts.drop());
        this.#news();
      },
    });
  }

  /** False once the network has contradicted its own ledger. */
  get trusted(): boolean {
    return this.#trusted;
  }

  /** Whether what is earned here is worth nothing; before it was met, a network of this computer's own is. */
  get isPractice(): boolean {
    return this.session.info?.practice ?? this.#parts.options.network.kind === 'this_computer';
  }

  /** Why the network had no work at the last poll. */
  get noWork(): NoWork | undefined {
    return this.#noWork;
  }

  /** Results that are reported and wait for their quorum. */
  get verifying(): number {
    return this.#verifying;
  }

  /** Begins to speak with the network; before this nothing does. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#started || this.#stopping) return;
    this.#started = true;
    try {
      await this.#parts.ports.workerPool.start(signal);
      await this.attempts.restore();
    } catch (error) {
      this.#started = false;
      throw error;
    }
    const life = this.#life.signal;
    this.#background.run('polling', this.#poll.run(this.#asking.signal));
    this.#background.run('sending results', this.#outbox.run(life));
    this.#background.run('checking receipts', this.#receipts.run(life));
    this.#news();
  }

  /** Ends every task and gives the attempts back. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    // First of all, so that no answer brings a lease that nobody would take.
    this.#asking.abort();
    const { clock, workerPool, logger } = this.#parts.ports;
    const leases = await this.attempts.stop();
    if (this.session.connection === 'online') {
      const giveUp = new AbortController();
      await Promise.race([
        this.attempts.giveBack(leases, giveUp.signal),
        sleep(clock, RETURN_WITHIN_MS, giveUp.signal),
      ]);
      giveUp.abort();
    }
    this.#life.abort();
    this.session.stop();
    await workerPool.stop();
    await this.#background.ended();
    logger.info('The agent has stopped', { returned: leases.length });
  }

  /** Does what the policy says now: what runs, what is fetched, what is sent. */
  obey(decision: RunDecision): void {
    const { mayFetch, memoryPercent, reasons } = decision;
    this.#memoryPercent = memoryPercent;
    this.#fetching.set(mayFetch);
    // A full disk stops fetching only: what is sent from it makes room.
    const maySend = mayFetch || !reasons.some(({ code }) => KEEPS_QUIET.has(code));
    if (this.#sending.set(maySend) && maySend) this.#kick();
    this.attempts.apply(decision);
    this.#poll.refresh();
  }

  /** There may be work where there was none. */
  expectWork(): void {
    this.#noWork = undefined;
  }

  #answered(answer: PollResponse, asked: boolean): void {
    if (this.#asking.signal.aborted) return;
    this.attempts.cancel(answer.cancelled);
    this.attempts.take(answer.leases);
    if (asked) this.#noWork = answer.leases.length > 0 ? undefined : answer.noWork;
    this.#verifying = answer.verifying;
    this.#receipts.heard(answer.receiptsLatest);
    this.#news();
  }

  /** Where nothing may be fetched or sent, a poll only keeps the leases that are held. */
  get #mayPoll(): boolean {
    return this.#sending.isOpen || this.attempts.held().length > 0;
  }

  #connectionChanged(): void {
    if (this.session.connection === 'online') this.#kick();
    this.#news();
  }

  #kick(): void {
    this.#outbox.kick();
    this.#receipts.kick();
  }

  #news(): void {
    this.#parts.decide();
    this.#parts.changed();
  }

  #saySo(what: string): void {
    const { ports, problems } = this.#parts;
    problems.raise(
      'ledger_contradiction',
      `The network at ${ports.client.url} cannot be trusted: ${what}. Nothing more is run for it and the proof ` +
        'is kept; ask its operator, or join another network with --network.',
      ports.clock.now(),
    );
  }
}
