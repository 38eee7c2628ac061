// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  accountIdSchema,
  attemptIdSchema,
  deviceIdSchema,
  jobIdSchema,
  receiptIdSchema,
  taskIdOf,
} from '../../../protocol/ids.ts';
import {
  accountOf,
  isBalanced,
  type LedgerEntry,
  type ReceiptProof,
  receiptProofSchema,
  type TreeHead,
} from '../../../protocol/ledger.ts';
import {
  entryBytes,
  signTreeHead,
  verifyHeadConsistency,
  verifyReceipt,
  verifyTreeHead,
} from '../../../protocol/ledger-proofs.ts';
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rangeRoot,
  type ReadNode,
} from '../../../protocol/merkle.ts';
import { newSeed, signingKeyFromSeed } from '../../../protocol/signatures.ts';

const network = signingKeyFromSeed(newSeed());
const account = accountIdSchema.parse(signingKeyFromSeed(newSeed()).publicKey);
const device = deviceIdSchema.parse(signingKeyFromSeed(newSeed()).publicKey);
const job = jobIdSchema.parse('job_00000001');
const attempt = attemptIdSchema.parse('att_00000001');

const pay: LedgerEntry = {
  version: 1,
  kind: 'pay',
  cause: `pay:${attempt}`,
  at: 1000,
  postings: [
    { account: `escrow:${job}`, amount: '-105' },
    { account: accountOf(account), amount: '100' },
    { account: 'fee', amount: '5' },
  ],
  job,
  task: taskIdOf(job, 0),
  attempt,
};

const entries: LedgerEntry[] = [
  {
    version: 1,
    kind: 'grant',
    cause: 'grant:1',
    at: 1,
    postings: [
      { account: 'issuance', amount: '-9' },
      { account: accountOf(account), amount: '9' },
    ],
  },
  pay,
  { ...pay, cause: 'pay:att_00000002', attempt: attemptIdSchema.parse('att_00000002') },
];

const leaves = entries.map((entry) => leafHash(entryBytes(entry)));
const read: ReadNode = async (level, index) =>
  level === 0
    ? (leaves[index] as Buffer)
    : nodeHash(await read(level - 1, index * 2), await read(level - 1, index * 2 + 1));
const hex = (hashes: readonly Uint8Array[]): string[] =>
  hashes.map((hash) => Buffer.from(hash).toString('hex'));

async function headOf(size: number): Promise<TreeHead> {
  return {
    version: 1,
    network: network.publicKey,
    size,
    root: Buffer.from(await rangeRoot(read, 0, size)).toString('hex'),
    at: 2000,
  };
}

async function proof(): Promise<ReceiptProof> {
  const statement = {
    version: 1 as const,
    id: receiptIdSchema.parse('rcp_00000001'),
    network: network.publicKey,
    account,
    device,
    job,
    jobName: 'test',
    task: taskIdOf(job, 0),
    attempt,
    fuel: '1000',
    amount: '100',
    leafIndex: 1,
    leafHash: leafHash(entryBytes(pay)).toString('hex'),
    at: 1000,
  };
  return {
    receipt: { statement, signature: network.sign('lull.receipt.1', statement) },
    entry: pay,
    inclusion: { leafIndex: 1, treeSize: 3, hashes: hex(await inclusionProof(read, 1, 3)) },
    head: signTreeHead(network, await headOf(3)),
  };
}

/** Every way to change one leaf value of a JSON value. */
function* alterations(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<readonly (string | number)[]> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* alterations(item, [...path, i]);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) yield* alterations(item, [...path, key]);
  else yield path;
}

function alter(value: unknown, path: readonly (string | number)[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (typeof value === 'number') return value + 1;
    const text = String(value);
    const last = text.at(-1) === '1' ? '2' : '1';
    return text.slice(0, -1) + last;
  }
  if (Array.isArray(value))
    return value.map((item, i) => (i === key ? alter(item, rest) : (item as unknown)));
  return { ...(value as object), [key]: alter((value as Record<string, unknown>)[key], rest) };
}

describe('a receipt', () => {
  test('verifies with nothing but itself and the public key of the network', async () => {
    expect(
      verifyReceipt(receiptProofSchema.parse(JSON.parse(JSON.stringify(await proof()))), network.publicKey),
    ).toBe('verified');
  });

  test('is refused when any single value in it, its entry, proof or head was altered', async () => {
    const whole = await proof();
    const paths = [...alterations(whole)];
    expect(paths.length).toBeGreaterThan(30);
    for (const path of paths) {
      const altered = receiptProofSchema.safeParse(alter(whole, path));
      if (altered.success)
        expect([path.join('.'), verifyReceipt(altered.data, network.publicKey)]).not.toContain('verified');
    }
  });

  test('of another network is told apart', async () => {
    expect(verifyReceipt(await proof(), signingKeyFromSeed(newSeed()).publicKey)).toBe('wrong_network');
  });

  test('over an entry that pays a different amount is refused though it is signed', async () => {
    const whole = await proof();
    const statement = { ...whole.receipt.statement, amount: '101' };
    const forged = { ...whole, receipt: { statement, signature: network.sign('lull.receipt.1', statement) } };
    expect(verifyReceipt(forged, network.publicKey)).toBe('entry_does_not_pay');
  });

  test('for a leaf that is elsewhere in the log is refused though it is signed', async () => {
    const whole = await proof();
    const statement = { ...whole.receipt.statement, leafIndex: 2 };
    const forged = {
      ...whole,
      receipt: { statement, signature: network.sign('lull.receipt.1', statement) },
      inclusion: { ...whole.inclusion, leafIndex: 2 },
    };
    expect(verifyReceipt(forged, network.publicKey)).toBe('not_in_the_log');
  });
});

describe('tree heads', () => {
  test('of a growing log are consistent, and a rewritten log is called so', async () => {
    const older = await headOf(2);
    const newer = await headOf(3);
    const path = { from: 2, to: 3, hashes: hex(await consistencyProof(read, 2, 3)) };
    expect(verifyHeadConsistency(older, newer, path)).toBe('verified');
    expect(verifyHeadConsistency({ ...older, root: '0'.repeat(64) }, newer, path)).toBe('history_rewritten');
    expect(verifyHeadConsistency(older, newer, { ...path, from: 1 })).toBe('history_rewritten');
  });

  test('are refused when the network did not sign them', async () => {
    const signed = signTreeHead(network, await headOf(3));
    expect(verifyTreeHead(signed, network.publicKey)).toBe('verified');
    expect(verifyTreeHead({ ...signed, head: { ...signed.head, size: 4 } }, network.publicKey)).toBe(
      'head_signature',
    );
    expect(verifyTreeHead(signed, account)).toBe('wrong_network');
  });
});

describe('an entry', () => {
  test('is balanced exactly when its postings sum to zero', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), { minLength: 2, maxLength: 8 }),
        (amounts) => {
          const entry = {
            ...pay,
            postings: amounts.map((amount) => ({ account: 'fee' as const, amount: String(amount) })),
          };
          return isBalanced(entry) === (amounts.reduce((a, b) => a + b, 0n) === 0n);
        },
      ),
    );
  });
});
