// SPDX-License-Identifier: MIT
import type { CoordinatorHandlers } from '../../coordinator/coordinator.ts';
import {
  type AttemptLease,
  type Capabilities,
  type PollResponse,
  type ResultReport,
  type ResultStatement,
  type RouteRequest,
  ROUTES,
  signDeviceLink,
} from '../../protocol/coordinator-api.ts';
import { blobHashOf } from '../../protocol/hashes.ts';
import {
  type AccountId,
  accountIdSchema,
  type AttemptId,
  type DeviceId,
  deviceIdSchema,
} from '../../protocol/ids.ts';
import type { BlobRef, JobStatus, JobSubmission, Outcome, TaskResult } from '../../protocol/job.ts';
import { newSeed, type SigningKey, signingKeyFromSeed } from '../../protocol/signatures.ts';

/** A blob that no store has, under its true name. */
export const blobOf = (text: string): BlobRef => {
  const bytes = Buffer.from(text);
  return { hash: blobHashOf(bytes), size: bytes.length };
};

const never = new AbortController().signal;

/** Speaks to a coordinator's handlers as an account would through the doors. */
export class Requester {
  readonly key: SigningKey = signingKeyFromSeed(newSeed());
  readonly account: AccountId = accountIdSchema.parse(this.key.publicKey);
  readonly #handlers: () => CoordinatorHandlers;

  /** @param handlers read for each request, so that a coordinator may be replaced */
  constructor(handlers: () => CoordinatorHandlers) {
    this.#handlers = handlers;
  }

  submit(job: JobSubmission): Promise<JobStatus> {
    return this.#handlers().submitJob({ ...this.#signed, body: job }, never);
  }

  status(job: JobStatus['id']): Promise<JobStatus> {
    return this.#handlers().getJob({ ...this.#signed, params: { job } }, never);
  }

  async results(job: JobStatus['id'], from = 0, limit = 1000): Promise<TaskResult[]> {
    const request = { ...this.#signed, params: { job }, query: { from, limit } };
    return (await this.#handlers().jobResults(request, never)).results;
  }

  async jobs(limit = 50): Promise<JobStatus[]> {
    return (await this.#handlers().listJobs({ ...this.#signed, query: { limit } }, never)).jobs;
  }

  cancel(job: JobStatus['id']): Promise<JobStatus> {
    return this.#handlers().cancelJob({ ...this.#signed, params: { job }, body: {} }, never);
  }

  async balance(): Promise<{ available: bigint; escrowed: bigint }> {
    const { available, escrowed } = await this.#handlers().balance(this.#signed, never);
    return { available: BigInt(available), escrowed: BigInt(escrowed) };
  }

  get #signed(): { params: undefined; query: undefined; body: undefined; key: string } {
    return { params: undefined, query: undefined, body: undefined, key: this.key.publicKey };
  }
}

interface Polling {
  readonly freeSlots?: number;
  readonly attempts?: readonly AttemptId[];
  readonly waitMs?: number;
  readonly receiptsSeen?: number;
  readonly signal?: AbortSignal;
}

type Registration = RouteRequest<'register'>['body'];
type Offered = Partial<Pick<Capabilities, 'memoryBytes' | 'moduleKinds'>>;

/** Speaks to a coordinator's handlers as a device would through the doors. */
export class TestDevice {
  readonly key: SigningKey;
  readonly id: DeviceId;
  readonly owner: Requester;
  readonly #handlers: () => CoordinatorHandlers;

  constructor(
    handlers: () => CoordinatorHandlers,
    owner: Requester,
    key: SigningKey = signingKeyFromSeed(newSeed()),
  ) {
    this.#handlers = handlers;
    this.owner = owner;
    this.key = key;
    this.id = deviceIdSchema.parse(key.publicKey);
  }

  async register(capabilities: Offered = {}): Promise<this> {
    await this.#handlers().register({ ...this.#signed, body: this.registration(capabilities) }, never);
    return this;
  }

  registration({ memoryBytes = 2 ** 34, moduleKinds = ['wasi', 'stepped'] }: Offered = {}): Registration {
    return {
      account: this.owner.account,
      link: signDeviceLink(this.owner.key, this.id),
      name: 'test',
      capabilities: {
        software: 'test',
        platform: 'linux',
        arch: 'x64',
        cpuModel: 'test',
        threads: 4,
        memoryBytes,
        moduleKinds,
      },
    };
  }

  poll({
    freeSlots = 1,
    attempts = [],
    waitMs = 0,
    receiptsSeen = 0,
    signal,
  }: Polling = {}): Promise<PollResponse> {
    const body = {
      freeSlots,
      attempts: attempts.map((attempt) => ({ attempt, progressPermille: 0 })),
      receiptsSeen,
      waitMs,
    };
    return this.#handlers().poll({ ...this.#signed, body }, signal ?? never);
  }

  /** The next new lease. @throws when there is none */
  async lease(attempts: readonly AttemptId[] = [], waitMs = 0): Promise<AttemptLease> {
    // Whatever receipts there are: only a lease is news here.
    const [lease] = (await this.poll({ attempts, waitMs, receiptsSeen: Number.MAX_SAFE_INTEGER })).leases;
    if (lease === undefined) throw new Error('no lease was handed out');
    return lease;
  }

  resultOf(
    lease: AttemptLease,
    { output = 'right', fuel = 1_000_000_000n, outcome = COMPLETED }: Work = {},
  ): ResultReport {
    const statement: ResultStatement = {
      attempt: lease.attempt,
      task: lease.task,
      device: this.id,
      outcome,
      output: blobOf(`${output} ${lease.task}`),
      fuel: fuel.toString(),
    };
    return { statement, signature: this.key.sign('lull.result.1', statement), cpuMs: 1.5 };
  }

  /** Does the work and reports it. @returns what became of it */
  async report(lease: AttemptLease, work: Work = {}): Promise<'verifying' | 'paid' | 'refused'> {
    return this.send(this.resultOf(lease, work));
  }

  async send(body: ResultReport): Promise<'verifying' | 'paid' | 'refused'> {
    return (await this.#handlers().report({ ...this.#signed, body }, never)).state;
  }

  async giveBack(
    attempt: AttemptId,
    reason: 'busy' | 'failed_here' | 'shutting_down' = 'busy',
  ): Promise<void> {
    const body = { reason, message: 'said the test' };
    await this.#handlers().returnAttempt({ ...this.#signed, params: { attempt }, body }, never);
  }

  async receipts(after = 0): Promise<Awaited<ReturnType<CoordinatorHandlers['receipts']>>['receipts']> {
    return (await this.#handlers().receipts({ ...this.#signed, query: { after, limit: 500 } }, never))
      .receipts;
  }

  get #signed(): { params: undefined; query: undefined; body: undefined; key: string } {
    return { params: undefined, query: undefined, body: undefined, key: this.key.publicKey };
  }
}

const COMPLETED: Outcome = { kind: 'completed' };

interface Work {
  /** results with the same word agree */
  readonly output?: string;
  readonly fuel?: bigint;
  readonly outcome?: Outcome;
}

/** A job of `tasks` tasks, 1 credit per gigafuel, at most 2 gigafuel a task. */
export const jobOf = (tasks: number, changes: Partial<JobSubmission> = {}): JobSubmission =>
  ROUTES.submitJob.body.parse({
    requestKey: crypto.randomUUID(),
    name: 'test job',
    description: '',
    purpose: 'other',
    moduleKind: 'stepped',
    module: blobOf('module'),
    args: [],
    files: [],
    tasks: Array.from({ length: tasks }, () => ({})),
    seed: '7',
    limits: { fuel: '2000000000', memoryBytes: 65_536, outputBytes: 1000, wallMs: 60_000 },
    quorum: 2,
    pricePerGigafuel: '1000000',
    deadlineMs: 3_600_000,
    merge: { kind: 'concat' },
    ...changes,
  });
