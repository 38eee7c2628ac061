// SPDX-License-Identifier: MIT
import type { RefusedModule, RunDecision } from '../protocol/agent-state.ts';
import { type Clock, sleep } from '../protocol/clock.ts';
import type { AttemptLease, PollRequest, PollResponse } from '../protocol/coordinator-api.ts';
import { LullError, toError } from '../protocol/errors.ts';
import type { BlobHash } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import type { SigningKey } from '../protocol/signatures.ts';
import type { Background } from './background.ts';
import { Faults } from './faults.ts';
import type { Fetcher } from './fetcher.ts';
import { ModuleStrikes } from './module-strikes.ts';
import type { NetworkSession } from './network-session.ts';
import {
  type AgentStore,
  type CheckpointStore,
  type Verdict,
  WorkerFault,
  type WorkerPool,
} from './ports.ts';
import type { Problems } from './problems.ts';
import { ResultRecorder } from './result-recorder.ts';
import type { Slot } from './slot.ts';
import { Slots } from './slots.ts';

interface AttemptsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly store: AgentStore;
  readonly checkpoints: CheckpointStore;
  readonly background: Background;
  readonly pool: WorkerPool;
  readonly fetcher: Fetcher;
  readonly session: NetworkSession;
  readonly device: SigningKey;
  readonly problems: Problems;
  /** memory that tasks may use together now, bytes */
  readonly memoryBytes: () => number;
  /** memory that tasks may ever use together, bytes */
  readonly mostMemoryBytes: () => number;
  readonly mostHeld: number;
  /** name and version of this program */
  readonly software: string;
  readonly changed: () => void;
  /** workers have taken so much more processor time, ms */
  readonly spent: (cpuMs: number) => void;
  /** a worker has begun */
  readonly began: () => void;
  /** a slot is free again */
  readonly freed: () => void;
  /** a result is in the outbox */
  readonly recorded: () => void;
}

/** How long quitting waits for the last checkpoints, ms. */
const CHECKPOINT_WITHIN_MS = 2000;

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
  readonly #strikes: ModuleStrikes;
  readonly #recorder: ResultRecorder;
  readonly #life = new AbortController();

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
    this.#faults = new Faults(parts.clock, parts.random);
    this.#strikes = new ModuleStrikes(parts);
    this.#recorder = new ResultRecorder(parts);
    this.slots = new Slots({
      clock: parts.clock,
      pool: parts.pool,
      background: parts.background,
      fetch: (lease, signal, fetched) => parts.fetcher.task(lease, signal, fetched),
      checkpoints: { ...parts, store: parts.checkpoints },
      verdict: (lease) => this.#verdict(lease),
      retryAfter: (slot, fault) => this.#retryAfter(slot, fault),
      memoryBytes: parts.memoryBytes,
      mostMemoryBytes: parts.mostMemoryBytes,
      spent: parts.spent,
      began: parts.began,
      mostHeld: parts.mostHeld,
      finished: async (slot, task) => {
        await this.#recorder.record(slot, task);
        this.#forget(slot);
        this.#faults.succeeded();
        if (this.#strikes.clear(slot.lease.spec.module.hash)) parts.changed();
        parts.recorded();
      },
      failed: (slot, error) => this.#failed(slot, error),
      freed: parts.freed,
      changed: parts.changed,
    });
  }

  /** Whether a module was proved is remembered over restarts; forgetting it only costs a second look. */
  #verdict({ spec }: AttemptLease): Verdict {
    const { store, logger } = this.#parts;
    return {
      provedBy: store.provedBy(spec.module.hash),
      proved: (by) => {
        try {
          store.keepProof(spec.module.hash, by);
        } catch (error) {
          logger.warn('That a module was proved could not be kept', { error: toError(error).message });
        }
      },
    };
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

  /** Modules that are not run here any more, newest first. */
  refusedModules(): RefusedModule[] {
    return this.#strikes.refused();
  }

  /** The owner gives a refused module another chance. */
  retryModule(module: BlobHash): void {
    if (this.#strikes.clear(module)) this.#parts.changed();
  }

  apply(decision: RunDecision): void {
    this.slots.apply(decision);
  }

  take(leases: readonly AttemptLease[]): void {
    const unsent = leases.length === 0 ? [] : this.#parts.store.outboxAttempts();
    for (const lease of leases) {
      if (this.slots.holds(lease.attempt) || unsent.includes(lease.attempt)) continue;
      const refusal = this.#strikes.refusal(lease.spec.module.hash);
      if (refusal !== undefined) {
        this.#faults.failed();
        this.#return(
          lease,
          'failed_here',
          `This module is refused on this device, where it failed three times: ${refusal}`,
        );
      } else if (this.slots.canHold(lease)) {
        this.#remember(lease);
        this.slots.hold(lease);
      } else this.#return(lease, 'busy', 'There is no room for it now.');
    }
  }

  /**
   * Takes up what was held when this program ended, however it did: the first poll names it, and the answer says what
   * is lost. Checkpoints of everything else are thrown away.
   */
  async restore(): Promise<void> {
    const { store, checkpoints, logger } = this.#parts;
    const unsent = store.outboxAttempts();
    const kept: AttemptLease[] = [];
    for (const lease of store.heldLeases()) {
      const refused = this.#strikes.refusal(lease.spec.module.hash) !== undefined;
      // What is not named any more is handed out again.
      if (unsent.includes(lease.attempt) || refused) this.#release(lease);
      else kept.push(lease);
    }
    await checkpoints.sweep(kept.map(({ attempt }) => attempt));
    for (const lease of kept) {
      if (this.slots.canHold(lease)) this.slots.hold(lease);
      else this.#release(lease);
    }
    if (kept.length > 0) logger.info('Attempts from before are taken up', { attempts: kept.length });
  }

  /** Ends what can earn nothing more. What is in the outbox is left to its report, which has the last word. */
  cancel(cancelled: readonly Cancelled[]): void {
    for (const { attempt, reason } of cancelled) {
      this.#parts.background.run('cancelling', this.#cancel(attempt, reason));
    }
  }

  /**
   * Ends all. What has a checkpoint is kept and not given back: Lull is mostly quit for minutes (an update, a restart of
   * the computer), and goes on then. Where it is not, the lease runs out and another device begins the task anew.
   * @returns the leases to give back
   */
  async stop(): Promise<AttemptLease[]> {
    this.#life.abort();
    const giveUp = new AbortController();
    await Promise.race([
      this.slots.checkpointAll(),
      sleep(this.#parts.clock, CHECKPOINT_WITHIN_MS, giveUp.signal),
    ]);
    giveUp.abort();
    const slots = await this.slots.stopAll();
    const unsent = this.#parts.store.outboxAttempts();
    const ended = slots.filter(
      ({ lease, hasCheckpoint }) => !hasCheckpoint || unsent.includes(lease.attempt),
    );
    for (const { lease } of ended) this.#release(lease);
    const lost = ended.filter(({ lease }) => !unsent.includes(lease.attempt));
    for (const slot of lost) {
      if (slot.stage === 'started') this.#lost(slot, 'Lull was quit before its work could be kept.');
    }
    return lost.map(({ lease }) => lease);
  }

  /** Ends all without a word to the network. */
  async drop(): Promise<void> {
    const slots = await this.slots.stopAll();
    for (const slot of slots) this.#forget(slot);
    this.#parts.freed();
  }

  /** Gives leases back because the agent ends; what cannot be said in time, the lease's end says. */
  async giveBack(leases: readonly AttemptLease[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      leases.map((lease) => this.#tellReturned(lease, 'shutting_down', 'Lull is quitting.', signal)),
    );
  }

  async #cancel(attempt: Cancelled['attempt'], reason: Cancelled['reason']): Promise<void> {
    const { logger, freed } = this.#parts;
    const slot = await this.slots.cancel(attempt);
    if (slot === undefined) return;
    logger.info('An attempt was cancelled', { attempt, reason });
    this.#forget(slot);
    this.#lost(slot, WHY_CANCELLED[reason]);
    freed();
  }

  /** Keeps what is known of an attempt that ended without a result. */
  #lost(slot: Slot, reason: string): void {
    const { clock, store, logger } = this.#parts;
    const { attempt, task, jobName } = slot.lease;
    const { fuel, cpuMs } = slot.progress;
    try {
      store.addActivity({
        attempt,
        at: clock.now(),
        task,
        jobName,
        result: { kind: 'lost', reason },
        fuel: fuel.toString(),
        cpuMs,
        passport: slot.passport(),
      });
    } catch (error) {
      // On a full disk the list lacks a line; giving the attempt back must not wait for that.
      logger.warn('An ended attempt could not be written down', { attempt, error: toError(error).message });
    }
  }

  #failed(slot: Slot, thrown: unknown): void {
    const { clock, logger, problems } = this.#parts;
    const error = toError(thrown);
    const { lease } = slot;
    const { attempt } = lease;
    const waitMs = this.#faults.failed();
    const ofModule = error instanceof WorkerFault && !error.beforeTask;
    logger.warn('An attempt failed on this device', { attempt, error: error.message, ofModule, waitMs });
    if (ofModule) this.#strike(lease, error.message);
    if (error instanceof LullError && error.code === 'disk_full') {
      problems.raise('disk_full', error.message, clock.now());
    }
    this.#forget(slot);
    this.#lost(slot, `It failed on this computer: ${error.message}`);
    this.#return(lease, 'failed_here', error.message.slice(0, 1000));
  }

  /** Counts a fault against the module. @returns whether it is refused now */
  #strike({ jobName, publisher, spec }: AttemptLease, reason: string): boolean {
    const { hash: module } = spec.module;
    const refused = this.#strikes.add({ module, jobName, publisher, reason });
    if (refused) this.#parts.logger.warn('A module is refused on this device', { module, jobName, reason });
    return refused;
  }

  /** A fault counts whether the attempt goes on or not. */
  #retryAfter({ lease }: Slot, { message, beforeTask }: WorkerFault): number | undefined {
    if (!beforeTask && this.#strike(lease, message)) return undefined;
    const waitMs = this.#faults.failed();
    const { attempt } = lease;
    this.#parts.logger.warn('A worker failed; its attempt goes on from its checkpoint', {
      attempt,
      message,
      waitMs,
    });
    return waitMs;
  }

  /** On a full disk a crash loses the attempt; that is no reason not to run it. */
  #remember(lease: AttemptLease): void {
    const { store, logger } = this.#parts;
    try {
      store.holdLease(lease);
    } catch (error) {
      logger.warn('A lease could not be written down', {
        attempt: lease.attempt,
        error: toError(error).message,
      });
    }
  }

  #release({ attempt }: AttemptLease): void {
    const { store, logger } = this.#parts;
    try {
      store.releaseLease(attempt);
    } catch (error) {
      // At the next start it is named once more, and the answer says that it is over.
      logger.warn('A lease could not be crossed out', { attempt, error: toError(error).message });
    }
  }

  /** Nothing of an attempt that has ended is kept but its result. */
  #forget(slot: Slot): void {
    this.#release(slot.lease);
    this.#parts.background.run('forgetting checkpoints', slot.forget());
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
