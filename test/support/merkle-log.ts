// SPDX-License-Identifier: MIT
import type { ConsistencyProof, InclusionProof, LedgerEntry, SignedTreeHead } from '../../protocol/ledger.ts';
import { entryBytes, signTreeHead } from '../../protocol/ledger-proofs.ts';
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rangeRoot,
  type ReadNode,
} from '../../protocol/merkle.ts';
import type { SigningKey } from '../../protocol/signatures.ts';

const hex = (hashes: readonly Uint8Array[]): string[] =>
  hashes.map((hash) => Buffer.from(hash).toString('hex'));

/** A Merkle log in memory, with real heads and real proofs. Its entries can be rewritten, as a cheat would. */
export class MerkleLog {
  readonly entries: LedgerEntry[] = [];
  readonly #key: SigningKey;

  constructor(key: SigningKey) {
    this.#key = key;
  }

  async head(at: number): Promise<SignedTreeHead> {
    const size = this.entries.length;
    const root = Buffer.from(await rangeRoot(this.#read, 0, size)).toString('hex');
    return signTreeHead(this.#key, { version: 1, network: this.#key.publicKey, size, root, at });
  }

  async inclusion(leafIndex: number, treeSize: number): Promise<InclusionProof> {
    return { leafIndex, treeSize, hashes: hex(await inclusionProof(this.#read, leafIndex, treeSize)) };
  }

  async consistency(from: number, to: number): Promise<ConsistencyProof> {
    return { from, to, hashes: hex(await consistencyProof(this.#read, from, to)) };
  }

  readonly #read: ReadNode = async (level, index) => {
    if (level > 0) {
      return nodeHash(await this.#read(level - 1, index * 2), await this.#read(level - 1, index * 2 + 1));
    }
    const entry = this.entries[index];
    if (entry === undefined) throw new RangeError(`there is no entry ${index}`);
    return leafHash(entryBytes(entry));
  };
}
