// SPDX-License-Identifier: MIT
import type { Clock } from '../../protocol/clock.ts';
import { toError } from '../../protocol/errors.ts';
import type { SignedTreeHead } from '../../protocol/ledger.ts';
import { signTreeHead } from '../../protocol/ledger-proofs.ts';
import type { Logger } from '../../protocol/logger.ts';
import { EMPTY_ROOT, rangeRoot } from '../../protocol/merkle.ts';
import type { SigningKey } from '../../protocol/signatures.ts';
import type { Startable } from '../../protocol/startable.ts';
import { setLeafIndexes, unsequencedEntries } from '../sql/ledger-entries.ts';
import { insertFirstHead, insertNodes, lockHead, nodeReader, setHead } from '../sql/ledger-tree.ts';
import { insertReceipts } from '../sql/receipts.ts';
import type { Sql } from '../sql/schema.ts';
import type { Store } from '../store.ts';
import { receiptsFor } from './receipts.ts';
import { grow } from './tree.ts';

const BATCH = 500;
/** Payments that come close together share one signed head. */
const GATHER_MS = 50;
/** For entries whose process ended before it sequenced them. */
const PERIOD_MS = 5000;

interface SequencerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly key: SigningKey;
  /** called with the rows of devices that have new receipts, after they are durable */
  readonly onReceipts: (deviceIds: readonly number[]) => void;
}

/**
 * Gives entries their place in the log. Payments only insert entries; here, under the lock of the head, a batch
 * of them gets consecutive leaves, the tree grows, the new head is signed, and receipts for the paid attempts
 * are issued: all in one transaction, so that a signed head is never ahead of its log nor a receipt without it.
 */
export class Sequencer implements Startable {
  readonly #options: SequencerOptions;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = true;

  constructor(options: SequencerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#stopped = false;
    await this.#options.store.write((sql) => insertFirstHead(sql, this.#sign(0, EMPTY_ROOT)));
    await this.drain();
    this.#later(PERIOD_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  /** Says that there are new entries. */
  wake(): void {
    if (this.#running !== undefined) this.#again = true;
    else this.#later(GATHER_MS);
  }

  /** Sequences until nothing is left. */
  async drain(): Promise<void> {
    for (;;) {
      const { count, devices } = await this.#options.store.write((sql) => this.#step(sql));
      if (devices.length > 0) this.#options.onReceipts(devices);
      if (count < BATCH) return;
    }
  }

  #later(delayMs: number): void {
    if (this.#stopped) return;
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#running = this.drain()
        .catch((thrown: unknown) => {
          // The entries stay where they are; the next period tries again.
          this.#options.logger.error('the ledger could not be sequenced', { error: toError(thrown).message });
        })
        .then(() => {
          this.#running = undefined;
          const delay = this.#again ? GATHER_MS : PERIOD_MS;
          this.#again = false;
          this.#later(delay);
        });
    });
  }

  async #step(sql: Sql): Promise<{ count: number; devices: readonly number[] }> {
    const head = await lockHead(sql);
    if (head === undefined) throw new TypeError('the log has no first head');
    const entries = await unsequencedEntries(sql, BATCH);
    if (entries.length === 0) return { count: 0, devices: [] };
    const first = head.head.size;
    await setLeafIndexes(
      sql,
      entries.map(({ id }) => id),
      first,
    );
    const leaves = entries.map((entry) => entry.leaf_hash);
    await insertNodes(sql, await grow(nodeReader(sql), first, leaves));
    const size = first + entries.length;
    await setHead(sql, this.#sign(size, await rangeRoot(nodeReader(sql), 0, size)));
    const at = this.#options.clock.now();
    const receipts = await receiptsFor(sql, this.#options.key, entries, first, at);
    await insertReceipts(sql, receipts);
    return { count: entries.length, devices: [...new Set(receipts.map(({ device_id }) => device_id))] };
  }

  #sign(size: number, root: Uint8Array): SignedTreeHead {
    const { key, clock } = this.#options;
    return signTreeHead(key, {
      version: 1,
      network: key.publicKey,
      size,
      root: Buffer.from(root).toString('hex'),
      at: clock.now(),
    });
  }
}
