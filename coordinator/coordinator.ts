// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import type { RouteName } from '../protocol/coordinator-api.ts';
import type { BlobHash, PublicKey } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import { newSeed, type SigningKey, signingKeyFromSeed } from '../protocol/signatures.ts';
import type { Startable } from '../protocol/startable.ts';
import { ClaimHints } from './claim-hints.ts';
import type { Context, NetworkOptions } from './context.ts';
import type { Handlers } from './handlers.ts';
import { JobCache } from './job-cache.ts';
import { Sequencer } from './ledger/sequencer.ts';
import { useNonce } from './sql/nonces.ts';
import { settingOnce } from './sql/settings.ts';
import type { Store } from './store.ts';
import { Sweeper } from './sweeper.ts';
import { balance } from './verbs/balance.ts';
import { cancelJob, getJob, jobResults, listJobs } from './verbs/jobs.ts';
import { ledgerConsistency, ledgerEntries, ledgerHead, ledgerInclusion } from './verbs/ledger.ts';
import { poll } from './verbs/poll.ts';
import { receipts } from './verbs/receipts.ts';
import { register } from './verbs/register.ts';
import { report } from './verbs/report.ts';
import { returnAttempt } from './verbs/return-attempt.ts';
import { submitJob } from './verbs/submit-job.ts';
import { Waker } from './waker.ts';

/** The routes that need no database verb: who the network is, whether it is well, and blobs. */
type ServedElsewhere = 'health' | 'network' | 'putBlob' | 'getBlob';
export type CoordinatorHandlers = Handlers<Exclude<RouteName, ServedElsewhere>>;

export interface CoordinatorOptions {
  /** opened and closed by the caller */
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly network: NetworkOptions;
  /** whether a blob was uploaded */
  readonly hasBlob: (hash: BlobHash) => Promise<boolean>;
}

/** The network's server without its doors: allocates, validates, pays, and keeps the ledger. */
export class Coordinator implements Startable {
  readonly handlers: CoordinatorHandlers;
  readonly #context: Context;
  readonly #sweeper: Sweeper;
  readonly #stopping = new AbortController();
  #key: SigningKey | undefined;
  #sequencer: Sequencer | undefined;
  #stopped: Promise<void> | undefined;

  constructor({ store, clock, logger, network, hasBlob }: CoordinatorOptions) {
    const context: Context = {
      store,
      clock,
      logger,
      network,
      hasBlob,
      waker: new Waker(),
      hints: new ClaimHints(clock),
      jobs: new JobCache(store, clock),
      stopping: this.#stopping.signal,
      sequence: () => this.#sequencer?.wake(),
    };
    this.#context = context;
    this.#sweeper = new Sweeper(context);
    this.handlers = {
      register: register(context),
      poll: poll(context),
      report: report(context),
      returnAttempt: returnAttempt(context),
      receipts: receipts(context),
      submitJob: submitJob(context),
      listJobs: listJobs(context),
      getJob: getJob(context),
      jobResults: jobResults(context),
      cancelJob: cancelJob(context),
      balance: balance(context),
      ledgerHead: ledgerHead(context),
      ledgerInclusion: ledgerInclusion(context),
      ledgerConsistency: ledgerConsistency(context),
      ledgerEntries: ledgerEntries(context),
    };
  }

  /** Signs heads and receipts; made when the database is first opened. */
  get publicKey(): PublicKey {
    if (this.#key === undefined) throw new TypeError('the coordinator has no key before it has started');
    return this.#key.publicKey;
  }

  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { store, clock, logger, waker } = this.#context;
    this.#key = signingKeyFromSeed(await store.write((sql) => settingOnce(sql, 'network_seed', newSeed())));
    const onReceipts = (devices: readonly number[]): void => devices.forEach((device) => waker.wake(device));
    this.#sequencer = new Sequencer({ store, clock, logger, key: this.#key, onReceipts });
    await this.#sequencer.start();
    await this.#sweeper.start();
  }

  /** Answers held polls, and waits for what runs. The store stays open: it is the caller's. */
  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#stopping.abort();
      await this.#sweeper.stop();
      await this.#sequencer?.stop();
    })();
    return this.#stopped;
  }

  /**
   * Remembers that this key used this nonce.
   * @param at the request's own time, already checked against the allowed skew, ms since the epoch
   * @returns false when it has used it before: the request is a replay
   */
  checkNonce(key: string, nonce: string, at: number): Promise<boolean> {
    return this.#context.store.write((sql) => useNonce(sql, key, nonce, at));
  }
}
