// SPDX-License-Identifier: MIT
import type { RunDecision } from '../protocol/agent-state.ts';
import type { Clock } from '../protocol/clock.ts';
import type { AttemptLease, PollRequest, PollResponse } from '../protocol/coordinator-api.ts';
import { LullError, toError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { SigningKey } from '../protocol/signatures.ts';
import type { Background } from './background.ts';
import { Faults } from './faults.ts';
import type { Fetcher } from './fetcher.ts';
import type { NetworkSession } from './network-session.ts';
import { type AgentStore, WorkerFault, type WorkerPool } from './ports.ts';
import type { Problems } from './problems.ts';
import { ResultRecorder } from './result-recorder.ts';
import { Slots } from './slots.ts';

interface AttemptsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly store: AgentStore;
  readonly background: Background;
  readonly pool: WorkerPool;
  readonly fetcher: Fetcher;
  readonly session: NetworkSession;
  readonly device: SigningKey;
  readonly problems: Problems;
  /** memory that tasks may use together, bytes */
  readonly memoryBytes: () => number;
  readonly mostHeld: number;
  readonly changed: () => void;
  /** a slot is free again */
  readonly freed: () => void;
  /** a result is in the outbox */
  readonly recorded: () => void;
}

type Cancelled = PollResponse['cancelled'][number];

const WHY_CANCELLED: Readonly<Record<Cancelled['reason'], string>> = {
  job_cancelled: 'The requester cancelled the job.',
  job_ended: 'The job had ended.',
  lease_expired: 'The lease ran out and the task went to another device.',
  already_decided: 'Other devices had already decided this task.',
};

/** The attempts of this device, from lease to outbox; what cannot be run here is given back. */
export class Attempts {
  readonly slots: Slots;
  readonly #parts: AttemptsParts;
  readonly #faults: Faults;
  readonly #recorder: ResultRecorder;
  readonly #life = new AbortController();

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
    this.#faults = new Faults(parts.clock, parts.random);
    this.#recorder = new ResultRecorder(parts);
    this.slots = new Slots({
      clock: parts.clock,
      pool: parts.pool,
      background: parts.background,
      fetch: (lease, signal) => parts.fetcher.task(lease, signal),
      memoryBytes: parts.memoryBytes,
      mostHeld: parts.mostHeld,
      finished: async (lease, task, signal) => {
        await this.#recorder.record(lease, task, signal);
        this.#faults.succeeded();
        parts.recorded();
      },
      failed: (lease, error) => this.#failed(lease, error),
      freed: parts.freed,
      changed: parts.changed,
    });
  }

  /** How many tasks may be asked for now; none for a while after a fault. */
  get freeSlots(): number {
    return this.#faults.waitMs > 0 ? 0 : this.slots.free;
  }

  /** Everything that the coordinator must know to be still here. */
  held(): PollRequest['attempts'] {
    const unsent = this.#parts.store.outboxAttempts();
    return [...this.slots.held(), ...unsent.map((attempt) => ({ attempt, progressPermille: 1000 }))].slice(
      0,
      2048,
    );
  }

  apply(decision: RunDecision): void {
    this.slots.apply(decision);
  }

  take(leases: readonly AttemptLease[]): void {
    const unsent = leases.length === 0 ? [] : this.#parts.store.outboxAttempts();
    for (const lease of leases) {
      if (this.slots.holds(lease.attempt) || unsent.includes(lease.attempt)) continue;
      if (this.#faults.givenUp(lease.spec.module.hash)) {
        this.#faults.failed();
        this.#return(lease, 'failed_here', 'This module failed three times on this device.');
      } else if (this.slots.canHold(lease)) this.slots.hold(lease);
      else this.#return(lease, 'busy', 'There is no room for it now.');
    }
  }

  /** Ends what can earn nothing more. What is in the outbox is left to its report, which has the last word. */
  cancel(cancelled: readonly Cancelled[]): void {
    for (const { attempt, reason } of cancelled) {
      this.#parts.background.run('cancelling', this.#cancel(attempt, reason));
    }
  }

  /** Ends all. @returns the leases to give back */
  async stop(): Promise<AttemptLease[]> {
    this.#life.abort();
    const leases = await this.slots.stopAll();
    const unsent = this.#parts.store.outboxAttempts();
    return leases.filter((lease) => !unsent.includes(lease.attempt));
  }

  /** Ends all without a word to the network. */
  async drop(): Promise<void> {
    await this.slots.stopAll();
    this.#parts.freed();
  }

  /** Gives leases back because the agent ends; what cannot be said in time, the lease's end says. */
  async giveBack(leases: readonly AttemptLease[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      leases.map((lease) => this.#tellReturned(lease, 'shutting_down', 'Lull is quitting.', signal)),
    );
  }

  async #cancel(attempt: Cancelled['attempt'], reason: Cancelled['reason']): Promise<void> {
    const { clock, store, logger, freed } = this.#parts;
    const slot = await this.slots.cancel(attempt);
    if (slot === undefined) return;
    logger.info('An attempt was cancelled', { attempt, reason });
    const { progress, lease } = slot;
    store.addActivity({
      attempt,
      at: clock.now(),
      task: lease.task,
      jobName: lease.jobName,
      result: { kind: 'lost', reason: WHY_CANCELLED[reason] },
      fuel: progress.fuel.toString(),
      cpuMs: progress.cpuMs,
    });
    freed();
  }

  #failed(lease: AttemptLease, thrown: unknown): void {
    const { clock, logger, problems } = this.#parts;
    const error = toError(thrown);
    const { attempt, jobName, spec } = lease;
    const ofWorker = error instanceof WorkerFault;
    const waitMs = ofWorker ? this.#faults.workerFailed(spec.module.hash) : this.#faults.failed();
    logger.warn('An attempt failed on this device', { attempt, error: error.message, ofWorker, waitMs });
    if (ofWorker && this.#faults.givenUp(spec.module.hash)) {
      problems.raise(
        `module_given_up:${spec.module.hash.slice(0, 12)}`,
        `The job "${jobName}" failed three times on this computer (${error.message}), so it is not run here any more. ` +
          'Start Lull again to give it another chance.',
        clock.now(),
      );
    } else if (error instanceof LullError && error.code === 'disk_full') {
      problems.raise('disk_full', error.message, clock.now());
    }
    this.#return(lease, 'failed_here', error.message.slice(0, 1000));
  }

  #return(lease: AttemptLease, reason: 'busy' | 'failed_here', message: string): void {
    const told = this.#tellReturned(lease, reason, message, this.#life.signal);
    this.#parts.background.run('giving an attempt back', told);
  }

  async #tellReturned(
    { attempt }: AttemptLease,
    reason: 'busy' | 'failed_here' | 'shutting_down',
    message: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { session, logger } = this.#parts;
    try {
      await session.call('returnAttempt', { params: { attempt }, body: { reason, message } }, signal);
    } catch (error) {
      // The next poll does not name it, so the coordinator hands it out again; the lease's end does so at last.
      logger.info('An attempt could not be given back', { attempt, error: toError(error).message });
    }
  }
}
