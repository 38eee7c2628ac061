// SPDX-License-Identifier: MIT
import { abortable } from '../../agent/abortable.ts';
import type { CoordinatorClient } from '../../agent/ports.ts';
import type { Clock } from '../../protocol/clock.ts';
import {
  API_VERSION,
  type AttemptLease,
  attemptLeaseSchema,
  type PollRequest,
  type PollResponse,
  type RouteInput,
  type RouteName,
  type RouteOutput,
  verifyDeviceLink,
} from '../../protocol/coordinator-api.ts';
import { LullError } from '../../protocol/errors.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import {
  type AccountId,
  type AttemptId,
  blobHashSchema,
  type DeviceId,
  receiptIdSchema,
} from '../../protocol/ids.ts';
import { accountOf, type Receipt, type ReceiptStatement } from '../../protocol/ledger.ts';
import { entryBytes } from '../../protocol/ledger-proofs.ts';
import { leafHash } from '../../protocol/merkle.ts';
import { priceOf } from '../../protocol/money.ts';
import { newSeed, type SigningKey, signingKeyFromSeed, verifySignature } from '../../protocol/signatures.ts';
import { MerkleLog } from './merkle-log.ts';

type Call = { [N in RouteName]: { name: N; input: RouteInput<N> } }[RouteName];
type Reports = RouteInput<'report'>['body'];
type Answers = {
  readonly [N in RouteName]?: (
    input: RouteInput<N>,
    signal: AbortSignal | undefined,
  ) => Promise<RouteOutput<N>>;
};

const MODULE = Buffer.from('a module');
const PUBLISHER = signingKeyFromSeed(newSeed());

/** A coordinator for one device, in memory: real signatures, a real log, quorum 1; it fails when told to. */
export class FakeCoordinator implements CoordinatorClient {
  readonly url = 'http://127.0.0.1:1';
  readonly calls: Call[] = [];
  readonly blobs = new Map<string, Uint8Array>();
  readonly reports = new Map<AttemptId, Reports>();
  readonly returned: { attempt: AttemptId; reason: string; message: string }[] = [];
  readonly receipts: Receipt[] = [];
  readonly leased = new Map<AttemptId, AttemptLease>();
  readonly waiting: AttemptLease[] = [];
  readonly cancelled: PollResponse['cancelled'][number][] = [];
  noWork: PollResponse['noWork'] = 'nothing_to_do';
  log: MerkleLog;
  key: SigningKey;
  api = API_VERSION;
  /** false: every poll is answered at once, news or not */
  holds = true;
  verdict: 'paid' | 'refused' = 'paid';
  /** nobody answers */
  silent = false;
  /** the next calls of a route fail so, in this order */
  readonly failures = new Map<RouteName, LullError[]>();
  /** answers of a route come only after this */
  readonly delays = new Map<RouteName, Promise<unknown>>();
  /** polls that are held now */
  held = 0;
  readonly #clock: Clock;
  #account: AccountId | undefined;
  #made = 0;
  #news = new Set<() => void>();

  constructor(clock: Clock, key: SigningKey = signingKeyFromSeed(newSeed())) {
    this.#clock = clock;
    this.key = key;
    this.log = new MerkleLog(key);
  }

  /** Puts tasks on offer. @returns their leases */
  offer(count: number, change: Partial<AttemptLease['spec']> = {}): AttemptLease[] {
    this.blobs.set(blobHashOf(MODULE), MODULE);
    const leases = Array.from({ length: count }, () => {
      const number = String(this.#made++).padStart(8, '0');
      return attemptLeaseSchema.parse({
        attempt: `att_${number}`,
        task: `job_00000000.${Number(number)}`,
        job: 'job_00000000',
        jobName: 'earthquakes',
        publisher: PUBLISHER.publicKey,
        purpose: 'science',
        pricePerGigafuel: '500',
        leaseMs: 60_000,
        spec: {
          kind: 'stepped',
          module: { hash: blobHashOf(MODULE), size: MODULE.length },
          args: [],
          files: [],
          index: Number(number),
          count: 1000,
          seed: '7',
          limits: { fuel: '1000000000000', memoryBytes: 1_048_576, outputBytes: 1_048_576, wallMs: 60_000 },
          ...change,
        },
      });
    });
    this.waiting.push(...leases);
    this.tell();
    return leases;
  }

  cancel(attempt: AttemptId, reason: PollResponse['cancelled'][number]['reason'] = 'job_cancelled'): void {
    this.cancelled.push({ attempt, reason });
    this.leased.delete(attempt);
    this.tell();
  }

  /** Another module than the one of `offer`, uploaded. */
  upload(bytes: Uint8Array): { hash: ReturnType<typeof blobHashOf>; size: number } {
    this.blobs.set(blobHashOf(bytes), bytes);
    return { hash: blobHashOf(bytes), size: bytes.length };
  }

  /** Ends the polls that are held. */
  tell(): void {
    for (const news of [...this.#news]) news();
  }

  count(name: RouteName): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  get lastPoll(): PollRequest {
    const poll = this.calls.findLast((call) => call.name === 'poll');
    if (poll === undefined) throw new Error('nobody has polled');
    return poll.input.body as PollRequest;
  }

  async call<N extends RouteName>(
    name: N,
    input: RouteInput<N>,
    signal?: AbortSignal,
  ): Promise<RouteOutput<N>> {
    this.calls.push({ name, input } as Call);
    const delay = this.delays.get(name) ?? Promise.resolve();
    await (signal === undefined ? delay : abortable(delay, signal));
    signal?.throwIfAborted();
    if (this.silent) throw new LullError('unreachable', 'Nobody answers at http://127.0.0.1:1.');
    const failure = this.failures.get(name)?.shift();
    if (failure !== undefined) throw failure;
    const answer = this.#answers[name];
    if (answer === undefined) throw new LullError('not_found', `The fake does not know ${name}.`);
    return answer(input, signal);
  }

  readonly #answers: Answers = {
    network: () =>
      Promise.resolve({
        api: this.api,
        software: 'fake',
        name: 'Fake network',
        practice: true,
        publicKey: this.key.publicKey,
        feeBasisPoints: 0,
        serverTime: this.#clock.now(),
      }),
    register: ({ body }: RouteInput<'register'>) => {
      this.#account = body.account as AccountId;
      // The fake does not see who signs; the agent knows its own name.
      const device = body.account as unknown as DeviceId;
      return Promise.resolve({ device, account: this.#account, leaseMs: 60_000 });
    },
    poll: ({ body }: RouteInput<'poll'>, signal?: AbortSignal) => this.#poll(body as PollRequest, signal),
    report: ({ body }: RouteInput<'report'>) => Promise.resolve(this.#report(body)),
    returnAttempt: ({ params, body }: RouteInput<'returnAttempt'>) => {
      this.leased.delete(params.attempt as AttemptId);
      this.returned.push({ attempt: params.attempt as AttemptId, ...body });
      return Promise.resolve({});
    },
    receipts: ({ query }: RouteInput<'receipts'>) => {
      const numbered = this.receipts.map((receipt, index) => ({ sequence: index + 1, receipt }));
      return Promise.resolve({
        receipts: numbered.slice(Number(query.after), Number(query.after) + Number(query.limit)),
      });
    },
    putBlob: ({ params, body }: RouteInput<'putBlob'>) => {
      if (blobHashOf(body) !== params.hash) throw new LullError('blob_hash_mismatch', 'Other bytes.');
      this.blobs.set(params.hash, body);
      return Promise.resolve({ hash: blobHashSchema.parse(params.hash), size: body.length });
    },
    getBlob: ({ params }: RouteInput<'getBlob'>) => {
      const bytes = this.blobs.get(params.hash);
      if (bytes === undefined) throw new LullError('unknown_blob', 'There is no such blob.');
      return Promise.resolve(bytes);
    },
    ledgerHead: () => this.log.head(this.#clock.now()),
    ledgerInclusion: async ({ query }: RouteInput<'ledgerInclusion'>) => {
      const entry = this.log.entries[Number(query.leaf)];
      if (entry === undefined) throw new LullError('not_found', 'There is no such leaf.');
      return { entry, proof: await this.log.inclusion(Number(query.leaf), Number(query.size)) };
    },
    ledgerConsistency: ({ query }: RouteInput<'ledgerConsistency'>) => {
      if (Number(query.to) > this.log.entries.length)
        throw new LullError('not_found', 'The log is not that long.');
      return this.log.consistency(Number(query.from), Number(query.to));
    },
  };

  async #poll(request: PollRequest, signal: AbortSignal | undefined): Promise<PollResponse> {
    const named = new Set(request.attempts.map(({ attempt }) => attempt));
    const forgotten = [...this.leased.values()].filter(({ attempt }) => !named.has(attempt));
    const hasNews = (): boolean =>
      forgotten.length > 0 ||
      (request.freeSlots > 0 && this.waiting.length > 0) ||
      this.cancelled.some(({ attempt }) => named.has(attempt)) ||
      this.receipts.length > request.receiptsSeen;
    if (this.holds && !hasNews() && request.waitMs > 0) await this.#hold(request.waitMs, hasNews, signal);
    const fresh = this.waiting.splice(0, request.freeSlots);
    for (const lease of fresh) this.leased.set(lease.attempt, lease);
    const leases = [...forgotten, ...fresh];
    return {
      leases,
      cancelled: this.cancelled.filter(({ attempt }) => named.has(attempt)),
      receiptsLatest: this.receipts.length,
      verifying: 0,
      ...(request.freeSlots > 0 && leases.length === 0 && this.noWork !== undefined
        ? { noWork: this.noWork }
        : {}),
      serverTime: this.#clock.now(),
    };
  }

  async #hold(waitMs: number, hasNews: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    this.held += 1;
    try {
      await new Promise<void>((resolve, reject) => {
        const cancel = this.#clock.after(waitMs, () => end(resolve));
        const news = (): void => {
          if (hasNews()) end(resolve);
        };
        const stop = (): void => end(() => reject(new DOMException('aborted', 'AbortError')));
        const end = (finish: () => void): void => {
          cancel();
          this.#news.delete(news);
          signal?.removeEventListener('abort', stop);
          finish();
        };
        this.#news.add(news);
        signal?.addEventListener('abort', stop, { once: true });
      });
    } finally {
      this.held -= 1;
    }
  }

  #report(report: Reports): RouteOutput<'report'> {
    const { statement, signature } = report;
    const attempt = statement.attempt as AttemptId;
    if (!verifySignature('lull.result.1', statement, signature, statement.device)) {
      throw new LullError('bad_signature', 'Not signed by the device.');
    }
    if (!this.blobs.has(statement.output.hash))
      throw new LullError('unknown_blob', 'Upload the output first.');
    const lease = this.leased.get(attempt);
    if (lease === undefined && !this.reports.has(attempt)) {
      throw new LullError('lease_expired', 'The lease ran out and the task went to another device.');
    }
    const pays = this.verdict === 'paid' && lease !== undefined && !this.reports.has(attempt);
    if (pays) this.pay(lease, report);
    this.reports.set(attempt, report);
    this.leased.delete(attempt);
    this.tell();
    return { attempt, state: this.verdict };
  }

  /** Pays an attempt and makes its receipt, whose statement may be changed before it is signed. */
  pay(lease: AttemptLease, report: Reports, change: Partial<ReceiptStatement> = {}): void {
    const { attempt, job, jobName, task } = lease;
    const account = this.#account as AccountId;
    const amount = priceOf(BigInt(report.statement.fuel), BigInt(lease.pricePerGigafuel)).toString();
    const at = this.#clock.now();
    const entry = {
      version: 1 as const,
      kind: 'pay' as const,
      cause: `pay:${attempt}`,
      at,
      postings: [
        { account: `escrow:${job}`, amount: `-${amount}` },
        { account: accountOf(account), amount },
      ],
      job,
      task,
      attempt,
    };
    const leafIndex = this.log.entries.push(entry) - 1;
    const statement: ReceiptStatement = {
      version: 1,
      id: receiptIdSchema.parse(attempt.replace('att_', 'rcp_')),
      network: this.key.publicKey,
      account,
      device: report.statement.device as DeviceId,
      job,
      jobName,
      task,
      attempt,
      fuel: report.statement.fuel,
      amount,
      leafIndex,
      leafHash: leafHash(entryBytes(entry)).toString('hex'),
      at,
      ...change,
    };
    this.receipts.push({ statement, signature: this.key.sign('lull.receipt.1', statement) });
  }

  /** Whether the registration was signed for by the account. */
  registeredBy(device: string): boolean {
    const call = this.calls.findLast((one) => one.name === 'register');
    return call !== undefined && verifyDeviceLink(device, call.input.body.account, call.input.body.link);
  }
}
