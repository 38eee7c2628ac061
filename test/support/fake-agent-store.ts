// SPDX-License-Identifier: MIT
import type { AgentStore, EnergyDay, ModuleFaults, OutboxItem, TrafficBytes } from '../../agent/ports.ts';
import type { ActivityItem, ReceiptSummary } from '../../protocol/agent-state.ts';
import type { AttemptLease } from '../../protocol/coordinator-api.ts';
import { LullError } from '../../protocol/errors.ts';
import type { AttemptId, BlobHash, PublicKey, ReceiptId } from '../../protocol/ids.ts';
import type { Receipt, ReceiptProof, SignedTreeHead } from '../../protocol/ledger.ts';

/** The agent's memory without a disk. */
export class FakeAgentStore implements AgentStore {
  readonly #leases = new Map<AttemptId, AttemptLease>();
  readonly #outbox = new Map<AttemptId, OutboxItem>();
  readonly #proofs = new Map<BlobHash, string>();
  readonly #receipts = new Map<ReceiptId, { sequence: number; receipt: Receipt; proof?: ReceiptProof }>();
  #head: { head: SignedTreeHead; checkedAt: number } | undefined;
  #networkKey: PublicKey | undefined;
  #activity: ActivityItem[] = [];
  readonly #moduleFaults = new Map<BlobHash, ModuleFaults>();
  readonly #energy = new Map<string, EnergyDay>();
  readonly #traffic = new Map<number, TrafficBytes>();
  readonly evidence: { older: SignedTreeHead; newer: SignedTreeHead; at: number }[] = [];
  full = false;
  closed = false;

  addEnergy(energy: EnergyDay): void {
    this.#mustHaveRoom();
    const key = `${energy.day} ${energy.currency}`;
    const before = this.#energy.get(key);
    if (before === undefined) this.#energy.set(key, energy);
    else {
      const cost =
        before.cost === null && energy.cost === null ? null : (before.cost ?? 0) + (energy.cost ?? 0);
      this.#energy.set(key, {
        ...energy,
        runningMs: before.runningMs + energy.runningMs,
        joules: before.joules + energy.joules,
        cost,
        co2Grams: before.co2Grams + energy.co2Grams,
      });
    }
  }

  energySince(day: number): readonly EnergyDay[] {
    return [...this.#energy.values()]
      .filter((one) => one.day >= day)
      .sort((a, b) => a.day - b.day || (a.currency < b.currency ? -1 : 1));
  }

  addTraffic(day: number, bytes: TrafficBytes): void {
    this.#mustHaveRoom();
    const { sent, received } = this.trafficOf(day);
    this.#traffic.set(day, { sent: sent + bytes.sent, received: received + bytes.received });
  }

  trafficOf(day: number): TrafficBytes {
    return this.#traffic.get(day) ?? { sent: 0, received: 0 };
  }

  #mustHaveRoom(): void {
    if (this.full) throw new LullError('disk_full', 'The disk is full: free some space.');
  }

  addToOutbox(item: OutboxItem): void {
    this.#mustHaveRoom();
    if (!this.#outbox.has(item.attempt)) this.#outbox.set(item.attempt, item);
  }

  outboxAttempts(): readonly AttemptId[] {
    return [...this.#outbox.keys()];
  }

  outboxItem(attempt: AttemptId): OutboxItem | undefined {
    return this.#outbox.get(attempt);
  }

  removeFromOutbox(attempt: AttemptId): void {
    this.#outbox.delete(attempt);
  }

  holdLease(lease: AttemptLease): void {
    this.#leases.set(lease.attempt, lease);
  }

  heldLeases(): readonly AttemptLease[] {
    return [...this.#leases.values()];
  }

  keepProof(module: BlobHash, by: string): void {
    this.#proofs.set(module, by);
  }

  provedBy(module: BlobHash): string | undefined {
    return this.#proofs.get(module);
  }

  releaseLease(attempt: AttemptId): void {
    this.#leases.delete(attempt);
  }

  addReceipt(sequence: number, receipt: Receipt): void {
    const { id } = receipt.statement;
    if (!this.#receipts.has(id)) this.#receipts.set(id, { sequence, receipt });
  }

  setProof(id: ReceiptId, proof: ReceiptProof): void {
    const kept = this.#receipts.get(id);
    if (kept !== undefined) kept.proof = proof;
  }

  receiptsSeen(): number {
    return Math.max(0, ...this.#bySequence().map(({ sequence }) => sequence));
  }

  unverifiedReceipts(limit: number): readonly Receipt[] {
    const unverified = this.#bySequence().filter(({ proof }) => proof === undefined);
    return unverified.slice(0, limit).map(({ receipt }) => receipt);
  }

  proof(id: ReceiptId): ReceiptProof | undefined {
    return this.#receipts.get(id)?.proof;
  }

  receipts(limit: number): readonly ReceiptSummary[] {
    const newest = this.#bySequence().reverse().slice(0, limit);
    return newest.map(({ receipt, proof }) => {
      const { id, jobName, task, amount, fuel, at } = receipt.statement;
      return { id, jobName, task, amount, fuel, at, verified: proof !== undefined };
    });
  }

  receiptCount(): number {
    return this.#receipts.size;
  }

  earnedSince(at: number): bigint {
    return this.#bySequence()
      .filter(({ receipt, proof }) => proof !== undefined && receipt.statement.at >= at)
      .reduce((sum, { receipt }) => sum + BigInt(receipt.statement.amount), 0n);
  }

  lastHead(): SignedTreeHead | undefined {
    return this.#head?.head;
  }

  setLastHead(head: SignedTreeHead, checkedAt: number): void {
    this.#head = { head, checkedAt };
  }

  lastHeadCheckedAt(): number | undefined {
    return this.#head?.checkedAt;
  }

  keepEvidence(older: SignedTreeHead, newer: SignedTreeHead, at: number): void {
    this.evidence.push({ older, newer, at });
  }

  evidenceCount(): number {
    return this.evidence.length;
  }

  networkKey(): PublicKey | undefined {
    return this.#networkKey;
  }

  setNetworkKey(key: PublicKey): void {
    this.#networkKey = key;
  }

  addActivity(item: ActivityItem): void {
    if (this.full) throw new LullError('disk_full', 'The disk is full: free some space.');
    this.#activity = [item, ...this.#activity.filter(({ attempt }) => attempt !== item.attempt)];
  }

  activity(limit: number): readonly ActivityItem[] {
    return this.#activity.slice(0, limit);
  }

  activityOf(wanted: AttemptId): ActivityItem | undefined {
    return this.#activity.find(({ attempt }) => attempt === wanted);
  }

  setModuleFaults(faults: ModuleFaults): void {
    if (this.full) throw new LullError('disk_full', 'The disk is full: free some space.');
    this.#moduleFaults.set(faults.module, faults);
  }

  clearModuleFaults(module: BlobHash): void {
    this.#moduleFaults.delete(module);
  }

  moduleFaults(): readonly ModuleFaults[] {
    return [...this.#moduleFaults.values()].sort((one, other) => other.at - one.at);
  }

  close(): void {
    this.closed = true;
  }

  #bySequence() {
    return [...this.#receipts.values()].sort((a, b) => a.sequence - b.sequence);
  }
}
