// SPDX-License-Identifier: MIT
import type { NetworkOptions } from '../../coordinator/context.ts';
import { Coordinator, type CoordinatorHandlers } from '../../coordinator/coordinator.ts';
import type { Store } from '../../coordinator/store.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { BlobHash } from '../../protocol/ids.ts';
import type { LedgerEntry, ReceiptProof, SignedTreeHead } from '../../protocol/ledger.ts';
import type { ConsistencyProof } from '../../protocol/ledger.ts';
import { silentLogger } from '../../protocol/logger.ts';
import { Requester, TestDevice } from './store-parties.ts';

const never = new AbortController().signal;
const unsigned = { params: undefined, query: undefined, body: undefined, key: undefined };

/** A coordinator without doors, and those who speak to it. The coordinator may be replaced, as by a restart. */
export class TestNetwork {
  readonly clock: Clock;
  readonly #network: NetworkOptions;
  #coordinator: Coordinator;
  /** blobs that were never uploaded */
  readonly missing = new Set<BlobHash>();

  private constructor(coordinator: Coordinator, clock: Clock, network: NetworkOptions) {
    this.#coordinator = coordinator;
    this.clock = clock;
    this.#network = network;
  }

  static async start(
    store: Store,
    clock: Clock,
    changes: Partial<NetworkOptions> = {},
  ): Promise<TestNetwork> {
    const network = {
      name: 'test',
      practice: true,
      feeBasisPoints: 500,
      startingCredits: 1_000_000_000n,
      leaseMs: 60_000,
      ...changes,
    };
    const made = new TestNetwork(undefined as never, clock, network);
    await made.restart(store);
    return made;
  }

  /** A new coordinator on this store; the one before it is not stopped first: call `stop` for that. */
  async restart(store: Store): Promise<void> {
    this.#coordinator = new Coordinator({
      store,
      clock: this.clock,
      logger: silentLogger,
      network: this.#network,
      hasBlob: (hash) => Promise.resolve(!this.missing.has(hash)),
    });
    await this.#coordinator.start(never);
  }

  stop(): Promise<void> {
    return this.#coordinator.stop();
  }

  get coordinator(): Coordinator {
    return this.#coordinator;
  }

  get handlers(): CoordinatorHandlers {
    return this.#coordinator.handlers;
  }

  requester(): Requester {
    return new Requester(() => this.handlers);
  }

  /** A registered device, of a new account unless one is given. */
  device(
    owner: Requester = this.requester(),
    capabilities: Parameters<TestDevice['register']>[0] = {},
  ): Promise<TestDevice> {
    return new TestDevice(() => this.handlers, owner).register(capabilities);
  }

  head(): Promise<SignedTreeHead> {
    return this.handlers.ledgerHead(unsigned, never);
  }

  consistency(from: number, to: number): Promise<ConsistencyProof> {
    return this.handlers.ledgerConsistency({ ...unsigned, query: { from, to } }, never);
  }

  async entries(): Promise<LedgerEntry[]> {
    const all: LedgerEntry[] = [];
    for (;;) {
      const { entries } = await this.handlers.ledgerEntries(
        { ...unsigned, query: { from: all.length, limit: 1000 } },
        never,
      );
      if (entries.length === 0) return all;
      all.push(...entries);
    }
  }

  /** Everything that proves one receipt under a head. */
  async proofOf(receipt: ReceiptProof['receipt'], head: SignedTreeHead): Promise<ReceiptProof> {
    const query = { leaf: receipt.statement.leafIndex, size: head.head.size };
    const { entry, proof } = await this.handlers.ledgerInclusion({ ...unsigned, query }, never);
    return { receipt, entry, inclusion: proof, head };
  }
}
