// SPDX-License-Identifier: MIT
import { type Clock, sleep } from '../protocol/clock.ts';
import { LullError, toError } from '../protocol/errors.ts';
import type { PublicKey } from '../protocol/ids.ts';
import type { ConsistencyProof, Receipt, SignedTreeHead } from '../protocol/ledger.ts';
import { verifyHeadConsistency, verifyReceipt, verifyTreeHead } from '../protocol/ledger-proofs.ts';
import type { Logger } from '../protocol/logger.ts';
import { verifySignature } from '../protocol/signatures.ts';
import type { Identity } from './identity.ts';
import type { NetworkSession } from './network-session.ts';
import { backOffMs, NETWORK_BACK_OFF } from './policy/back-off.ts';
import type { AgentStore } from './ports.ts';

/** How many receipts are fetched or checked in one go. */
const BATCH = 100;
/** How often the log is checked while nothing is earned, ms. */
const CHECK_EVERY_MS = 10 * 60_000;

interface KeeperParts {
  readonly session: NetworkSession;
  readonly store: AgentStore;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly allowed: () => boolean;
  /** receipts or proofs were added, or a head was checked */
  readonly changed: () => void;
  /** The network has contradicted itself: it is not to be trusted any more. */
  readonly distrust: (sentence: string) => void;
}

/** Thrown when the network's own words cannot all be true. */
class Contradiction extends Error {
  override readonly name = 'Contradiction';
}

/**
 * Fetches receipts and checks by itself what the network says: each receipt's signature, its entry's place in
 * the log, and that every new tree head continues the last one that was checked.
 */
export class ReceiptKeeper {
  readonly #parts: KeeperParts;
  #wake = new AbortController();
  #latest = 0;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** The newest receipt that needs no telling again: it is here, or will be fetched. */
  get known(): number {
    return Math.max(this.#latest, this.#parts.store.receiptsSeen());
  }

  /** @param latest the sequence number of this device's newest receipt, as the coordinator says */
  heard(latest: number): void {
    if (latest <= this.known) return;
    this.#latest = latest;
    this.kick();
  }

  kick(): void {
    this.#wake.abort();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, random, allowed, distrust, store } = this.#parts;
    const stop = (): void => this.kick();
    signal.addEventListener('abort', stop, { once: true });
    let failures = 0;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      let waitMs = CHECK_EVERY_MS;
      if (allowed()) {
        try {
          await this.#round(signal);
          failures = store.unverifiedReceipts(1).length > 0 ? failures + 1 : 0;
          if (failures > 0) waitMs = backOffMs(NETWORK_BACK_OFF, failures, random());
          if (store.receiptsSeen() < this.#latest) waitMs = 0;
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof Contradiction) {
            logger.error('The network contradicts its ledger', { error: error.message });
            distrust(error.message);
            return;
          }
          failures += 1;
          logger.warn('Receipts could not be checked yet', { error: toError(error).message });
          waitMs = backOffMs(NETWORK_BACK_OFF, failures, random());
        }
      }
      if (waitMs > 0) await sleep(clock, waitMs, this.#wake.signal);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    await this.#fetch(signal);
    const network = this.#parts.session.networkKey;
    if (network === undefined) return;
    const head = await this.#checkHead(network, signal);
    await this.#checkReceipts(head, network, signal);
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const { session, store, changed } = this.#parts;
    const after = store.receiptsSeen();
    const { receipts } = await session.call('receipts', { query: { after, limit: BATCH } }, signal);
    for (const { sequence, receipt } of receipts) {
      this.#assertOurs(receipt);
      store.addReceipt(sequence, receipt);
    }
    if (receipts.length > 0) changed();
    // Told of receipts that are not there: believe the list, so as not to ask for them for ever.
    else this.#latest = Math.min(this.#latest, after);
  }

  #assertOurs({ statement, signature }: Receipt): void {
    const { session, identity } = this.#parts;
    const signed =
      statement.network === session.networkKey &&
      verifySignature('lull.receipt.1', statement, signature, statement.network);
    const ours =
      statement.device === identity.device.publicKey && statement.account === identity.account.publicKey;
    if (!signed) throw new Contradiction('it sent a receipt that it has not signed');
    if (!ours) throw new Contradiction('it sent a receipt that is for somebody else');
  }

  /** Checks the newest head against the last one that was checked. @returns the newest that holds */
  async #checkHead(network: PublicKey, signal: AbortSignal): Promise<SignedTreeHead> {
    const { session, store, clock, changed } = this.#parts;
    const newer = await session.call('ledgerHead', {}, signal);
    const verdict = verifyTreeHead(newer, network);
    if (verdict !== 'verified') throw new Contradiction('it sent a tree head that it has not signed');
    const older = store.lastHead();
    if (older !== undefined && newer.head.size < older.head.size) {
      await this.#assertContinues(newer, older, older, newer, signal);
      return older;
    }
    if (older !== undefined) await this.#assertContinues(older, newer, older, newer, signal);
    store.setLastHead(newer, clock.now());
    changed();
    return newer;
  }

  /** @throws {Contradiction} and keeps both heads, when the log of `to` does not begin with that of `from`. */
  async #assertContinues(
    from: SignedTreeHead,
    to: SignedTreeHead,
    known: SignedTreeHead,
    told: SignedTreeHead,
    signal: AbortSignal,
  ): Promise<void> {
    const query = { from: from.head.size, to: to.head.size };
    const proof =
      query.from === query.to
        ? { ...query, hashes: [] }
        : await this.#consistency(query, known, told, signal);
    if (verifyHeadConsistency(from.head, to.head, proof) === 'verified') return;
    throw this.#contradicted(known, told, 'it has rewritten its ledger');
  }

  async #consistency(
    query: { from: number; to: number },
    known: SignedTreeHead,
    told: SignedTreeHead,
    signal: AbortSignal,
  ): Promise<ConsistencyProof> {
    try {
      return await this.#parts.session.call('ledgerConsistency', { query }, signal);
    } catch (error) {
      const lacks = error instanceof LullError && ['not_found', 'invalid_request'].includes(error.code);
      // It signed the longer log once, and now says that there is no such log.
      if (lacks && told.head.size < known.head.size) {
        throw this.#contradicted(known, told, 'its ledger has become shorter');
      }
      throw error;
    }
  }

  #contradicted(known: SignedTreeHead, told: SignedTreeHead, what: string): Contradiction {
    this.#parts.store.keepEvidence(known, told, this.#parts.clock.now());
    return new Contradiction(what);
  }

  async #checkReceipts(head: SignedTreeHead, network: PublicKey, signal: AbortSignal): Promise<void> {
    const { session, store, changed } = this.#parts;
    for (const receipt of store.unverifiedReceipts(BATCH)) {
      const { leafIndex: leaf } = receipt.statement;
      // Signed before its entry was in the head that we hold: the next head has it.
      if (leaf >= head.head.size) continue;
      const query = { leaf, size: head.head.size };
      const { entry, proof } = await session.call('ledgerInclusion', { query }, signal);
      const whole = { receipt, entry, inclusion: proof, head };
      if (verifyReceipt(whole, network) !== 'verified') {
        throw new Contradiction('a receipt that it signed is not in its ledger');
      }
      store.setProof(receipt.statement.id, whole);
      changed();
    }
  }
}
