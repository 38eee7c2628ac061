// SPDX-License-Identifier: MIT
import type { ReceiptSummary } from '../../protocol/agent-state.ts';
import {
  type AccountId,
  attemptIdSchema,
  type DeviceId,
  jobIdSchema,
  type ReceiptId,
  receiptIdSchema,
  taskIdOf,
} from '../../protocol/ids.ts';
import {
  accountOf,
  type LedgerEntry,
  type Receipt,
  type ReceiptProof,
  type ReceiptStatement,
} from '../../protocol/ledger.ts';
import { entryBytes, signTreeHead } from '../../protocol/ledger-proofs.ts';
import { inclusionProof, leafHash, nodeHash, rangeRoot, type ReadNode } from '../../protocol/merkle.ts';
import { signingKeyFromSeed } from '../../protocol/signatures.ts';

interface Work {
  readonly job: string;
  readonly jobName: string;
  readonly index: number;
  /** micro-credits */
  readonly amount: bigint;
  readonly fuel: bigint;
  readonly at: number;
}

/** A log of payments with real signatures and real proofs, made in memory. */
export class FakeLedger {
  readonly #network = signingKeyFromSeed(Buffer.alloc(32, 7).toString('base64url'));
  readonly #account: AccountId;
  readonly #device: DeviceId;
  readonly #entries: LedgerEntry[] = [];
  readonly #receipts = new Map<ReceiptId, Receipt>();

  constructor(account: AccountId, device: DeviceId) {
    this.#account = account;
    this.#device = device;
  }

  pay(work: Work): ReceiptSummary {
    const leafIndex = this.#entries.length;
    const suffix = String(leafIndex).padStart(8, '0');
    const job = jobIdSchema.parse(work.job);
    const task = taskIdOf(job, work.index);
    const attempt = attemptIdSchema.parse(`att_${suffix}`);
    const id = receiptIdSchema.parse(`rcp_${suffix}`);
    const amount = work.amount.toString();
    const fuel = work.fuel.toString();
    const entry: LedgerEntry = {
      version: 1,
      kind: 'pay',
      cause: `pay:${attempt}`,
      at: work.at,
      postings: [
        { account: `escrow:${job}`, amount: `-${amount}` },
        { account: accountOf(this.#account), amount },
      ],
      job,
      task,
      attempt,
    };
    const statement: ReceiptStatement = {
      version: 1,
      id,
      network: this.#network.publicKey,
      account: this.#account,
      device: this.#device,
      job,
      jobName: work.jobName,
      task,
      attempt,
      fuel,
      amount,
      leafIndex,
      leafHash: leafHash(entryBytes(entry)).toString('hex'),
      at: work.at,
    };
    this.#entries.push(entry);
    this.#receipts.set(id, { statement, signature: this.#network.sign('lull.receipt.1', statement) });
    return { id, jobName: work.jobName, task, amount, fuel, at: work.at, verified: true };
  }

  async proof(id: ReceiptId): Promise<ReceiptProof | undefined> {
    const receipt = this.#receipts.get(id);
    const entry = receipt === undefined ? undefined : this.#entries[receipt.statement.leafIndex];
    if (receipt === undefined || entry === undefined) return undefined;
    const size = this.#entries.length;
    const { leafIndex } = receipt.statement;
    const root = Buffer.from(await rangeRoot(this.#read, 0, size)).toString('hex');
    const path = await inclusionProof(this.#read, leafIndex, size);
    const at = this.#entries.at(-1)?.at ?? 0;
    return {
      receipt,
      entry,
      inclusion: { leafIndex, treeSize: size, hashes: path.map((hash) => Buffer.from(hash).toString('hex')) },
      head: signTreeHead(this.#network, { version: 1, network: this.#network.publicKey, size, root, at }),
    };
  }

  readonly #read: ReadNode = async (level, index) => {
    if (level > 0)
      return nodeHash(await this.#read(level - 1, index * 2), await this.#read(level - 1, index * 2 + 1));
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`there is no entry ${index}`);
    return leafHash(entryBytes(entry));
  };
}
