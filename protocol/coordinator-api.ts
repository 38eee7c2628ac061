// SPDX-License-Identifier: MIT
import { z } from 'zod';

import {
  accountIdSchema,
  attemptIdSchema,
  blobHashSchema,
  deviceIdSchema,
  jobIdSchema,
  publicKeySchema,
  signatureSchema,
  taskIdSchema,
} from './ids.ts';
import {
  blobRefSchema,
  jobStatusSchema,
  jobSubmissionSchema,
  moduleKindSchema,
  outcomeSchema,
  purposeSchema,
  taskResultSchema,
  taskSpecSchema,
} from './job.ts';
import {
  consistencyProofSchema,
  inclusionProofSchema,
  ledgerEntrySchema,
  receiptSchema,
  signedTreeHeadSchema,
} from './ledger.ts';
import { fuelTextSchema, microTextSchema } from './money.ts';
import { type SigningKey, verifySignature } from './signatures.ts';

/** The version of this API; a coordinator and a device that differ in it refuse each other by name. */
export const API_VERSION = 2;

export const networkInfoSchema = z.strictObject({
  api: z.int(),
  software: z.string(),
  name: z.string().min(1).max(100),
  /** true: a network of one; its credits are for practice and never money */
  practice: z.boolean(),
  /** signs heads and receipts */
  publicKey: publicKeySchema,
  feeBasisPoints: z.int().min(0).max(5000),
  serverTime: z.int(),
});
export type NetworkInfo = z.infer<typeof networkInfoSchema>;

/** What a device has to offer. */
export const capabilitiesSchema = z.strictObject({
  software: z.string().max(50),
  platform: z.string().max(50),
  arch: z.string().max(50),
  cpuModel: z.string().max(200),
  /** logical processors */
  threads: z.int().min(1).max(4096),
  /** memory that tasks may use in total, bytes */
  memoryBytes: z.int().nonnegative(),
  moduleKinds: z.array(moduleKindSchema).max(16),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

/** What an account signs to take a device as its own (domain `lull.device-link.1`). */
const linkStatement = (device: string, account: string): Record<string, unknown> => ({ device, account });
export const signDeviceLink = (account: SigningKey, device: string): string =>
  account.sign('lull.device-link.1', linkStatement(device, account.publicKey));
export const verifyDeviceLink = (device: string, account: string, signature: string): boolean =>
  verifySignature('lull.device-link.1', linkStatement(device, account), signature, account);

export const registrationSchema = z.strictObject({
  account: accountIdSchema,
  link: signatureSchema,
  name: z.string().max(100),
  capabilities: capabilitiesSchema,
});

export const attemptLeaseSchema = z.strictObject({
  attempt: attemptIdSchema,
  task: taskIdSchema,
  job: jobIdSchema,
  jobName: z.string(),
  /** the requester's account: whose program it is */
  publisher: accountIdSchema,
  purpose: purposeSchema,
  pricePerGigafuel: microTextSchema,
  spec: taskSpecSchema,
  /** how long the lease holds without being renewed by a poll, ms */
  leaseMs: z.int().positive(),
});
export type AttemptLease = z.infer<typeof attemptLeaseSchema>;

/**
 * One request does everything a device needs of the coordinator in a quiet minute: it asks for work, renews
 * leases and hears of cancellations. It is held for up to `waitMs` until one of these has news. Leases that the
 * coordinator believes this device holds, and that `attempts` does not name, are handed out again: a lost
 * answer or a crash of the agent loses nothing.
 */
export const pollRequestSchema = z.strictObject({
  freeSlots: z.int().min(0).max(1024),
  /** attempts that this device holds: running, or finished and waiting in the outbox */
  attempts: z
    .array(z.strictObject({ attempt: attemptIdSchema, progressPermille: z.int().min(0).max(1000) }))
    .max(2048),
  /** sequence number of the last receipt that this device has */
  receiptsSeen: z.int().nonnegative(),
  waitMs: z.int().min(0).max(30_000),
});
export type PollRequest = z.infer<typeof pollRequestSchema>;

export const cancelReasonSchema = z.enum(['job_cancelled', 'job_ended', 'lease_expired', 'already_decided']);

export const pollResponseSchema = z.strictObject({
  leases: z.array(attemptLeaseSchema),
  /** attempts to stop at once: nothing more can be earned with them */
  cancelled: z.array(z.strictObject({ attempt: attemptIdSchema, reason: cancelReasonSchema })),
  /** sequence number of this device's newest receipt */
  receiptsLatest: z.int().nonnegative(),
  /** attempts of this device that are reported and wait for their quorum */
  verifying: z.int().nonnegative(),
  /** one sentence why there is no work, when there are free slots and no leases */
  noWork: z.enum(['nothing_to_do', 'already_did_all', 'needs_more_memory', 'needs_module_kind']).optional(),
  serverTime: z.int(),
});
export type PollResponse = z.infer<typeof pollResponseSchema>;

/** What a device states about an attempt, and signs (domain `lull.result.1`). */
export const resultStatementSchema = z.strictObject({
  attempt: attemptIdSchema,
  task: taskIdSchema,
  device: deviceIdSchema,
  outcome: outcomeSchema,
  output: blobRefSchema,
  fuel: fuelTextSchema,
});
export type ResultStatement = z.infer<typeof resultStatementSchema>;
export const resultReportSchema = z.strictObject({
  statement: resultStatementSchema,
  signature: signatureSchema,
  /** thread CPU time the attempt took, ms; not part of what is agreed on */
  cpuMs: z.number().nonnegative(),
});
export type ResultReport = z.infer<typeof resultReportSchema>;

const emptySchema = z.strictObject({});

/** Who signs a request: nobody, a device's key, an account's key, or either. */
export type Signer = 'none' | 'device' | 'account' | 'either';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `:name` marks a parameter */
  readonly path: string;
  readonly signer: Signer;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** JSON body; `bytes` for a raw one */
  readonly body?: z.ZodType | 'bytes';
  /** JSON answer; `bytes` for a raw one */
  readonly response: z.ZodType | 'bytes';
}

const countText = (fallback: number, max: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(0).max(max).default(fallback);

/** Every door of the coordinator. Server, client, OpenAPI description and tests are derived from this. */
export const ROUTES = {
  network: {
    method: 'GET',
    path: '/v1/network',
    signer: 'none',
    summary: 'Who this network is',
    response: networkInfoSchema,
  },
  health: {
    method: 'GET',
    path: '/health',
    signer: 'none',
    summary: 'Whether the coordinator and its database answer',
    response: z.strictObject({ ok: z.literal(true), database: z.enum(['sqlite', 'postgres']) }),
  },
  register: {
    method: 'POST',
    path: '/v1/devices',
    signer: 'device',
    summary: 'Register a device under an account, or renew what it says of itself',
    body: registrationSchema,
    response: z.strictObject({
      device: deviceIdSchema,
      account: accountIdSchema,
      leaseMs: z.int().positive(),
    }),
  },
  poll: {
    method: 'POST',
    path: '/v1/poll',
    signer: 'device',
    summary: 'Ask for work, renew leases, hear of cancellations; held until there is news',
    body: pollRequestSchema,
    response: pollResponseSchema,
  },
  report: {
    method: 'POST',
    path: '/v1/results',
    signer: 'device',
    summary: 'Report a result; idempotent per attempt',
    body: resultReportSchema,
    response: z.strictObject({ attempt: attemptIdSchema, state: z.enum(['verifying', 'paid', 'refused']) }),
  },
  returnAttempt: {
    method: 'POST',
    path: '/v1/attempts/:attempt/return',
    signer: 'device',
    summary: 'Give an attempt back before its lease ends',
    params: z.strictObject({ attempt: attemptIdSchema }),
    body: z.strictObject({
      reason: z.enum(['busy', 'failed_here', 'shutting_down']),
      message: z.string().max(1000),
    }),
    response: emptySchema,
  },
  receipts: {
    method: 'GET',
    path: '/v1/receipts',
    signer: 'device',
    summary: "This device's receipts after a sequence number, oldest first",
    query: z.strictObject({ after: countText(0, Number.MAX_SAFE_INTEGER), limit: countText(100, 500) }),
    response: z.strictObject({
      receipts: z.array(z.strictObject({ sequence: z.int().positive(), receipt: receiptSchema })),
    }),
  },
  putBlob: {
    method: 'PUT',
    path: '/v1/blobs/:hash',
    signer: 'either',
    summary: 'Upload a blob under its SHA-256',
    params: z.strictObject({ hash: blobHashSchema }),
    body: 'bytes',
    response: blobRefSchema,
  },
  getBlob: {
    method: 'GET',
    path: '/v1/blobs/:hash',
    signer: 'none',
    summary: 'Download a blob; ranges are honoured; whoever knows the hash may read it',
    params: z.strictObject({ hash: blobHashSchema }),
    response: 'bytes',
  },
  submitJob: {
    method: 'POST',
    path: '/v1/jobs',
    signer: 'account',
    summary: 'Submit a job and escrow the most it may cost; idempotent per requestKey',
    body: jobSubmissionSchema,
    response: jobStatusSchema,
  },
  listJobs: {
    method: 'GET',
    path: '/v1/jobs',
    signer: 'account',
    summary: "The account's jobs, newest first",
    query: z.strictObject({ limit: countText(50, 500) }),
    response: z.strictObject({ jobs: z.array(jobStatusSchema) }),
  },
  getJob: {
    method: 'GET',
    path: '/v1/jobs/:job',
    signer: 'account',
    summary: 'One job',
    params: z.strictObject({ job: jobIdSchema }),
    response: jobStatusSchema,
  },
  jobResults: {
    method: 'GET',
    path: '/v1/jobs/:job/results',
    signer: 'account',
    summary: 'Decided tasks with an index of at least `from`, by index',
    params: z.strictObject({ job: jobIdSchema }),
    query: z.strictObject({ from: countText(0, 1_000_000), limit: countText(500, 1000) }),
    response: z.strictObject({ results: z.array(taskResultSchema) }),
  },
  cancelJob: {
    method: 'POST',
    path: '/v1/jobs/:job/cancel',
    signer: 'account',
    summary: 'Cancel a job: running attempts stop, what is left of its escrow goes back',
    params: z.strictObject({ job: jobIdSchema }),
    body: emptySchema,
    response: jobStatusSchema,
  },
  balance: {
    method: 'GET',
    path: '/v1/account',
    signer: 'account',
    summary: "The account's balance",
    response: z.strictObject({
      account: accountIdSchema,
      available: microTextSchema,
      escrowed: microTextSchema,
    }),
  },
  ledgerHead: {
    method: 'GET',
    path: '/v1/ledger/head',
    signer: 'none',
    summary: "The newest signed tree head of the network's log",
    response: signedTreeHeadSchema,
  },
  ledgerInclusion: {
    method: 'GET',
    path: '/v1/ledger/inclusion',
    signer: 'none',
    summary: 'The entry at a leaf and its inclusion proof in the tree of `size` leaves',
    query: z.strictObject({
      leaf: z.coerce.number().int().nonnegative(),
      size: z.coerce.number().int().positive(),
    }),
    response: z.strictObject({ entry: ledgerEntrySchema, proof: inclusionProofSchema }),
  },
  ledgerConsistency: {
    method: 'GET',
    path: '/v1/ledger/consistency',
    signer: 'none',
    summary: 'The proof that the log of `from` leaves is the beginning of the log of `to` leaves',
    query: z.strictObject({
      from: z.coerce.number().int().nonnegative(),
      to: z.coerce.number().int().nonnegative(),
    }),
    response: consistencyProofSchema,
  },
  ledgerEntries: {
    method: 'GET',
    path: '/v1/ledger/entries',
    signer: 'none',
    summary: 'Entries of the log from a leaf on, in order',
    query: z.strictObject({ from: countText(0, Number.MAX_SAFE_INTEGER), limit: countText(500, 1000) }),
    response: z.strictObject({ entries: z.array(ledgerEntrySchema) }),
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
type Of<N extends RouteName, K extends keyof Route> =
  (typeof ROUTES)[N] extends Record<K, infer V> ? V : undefined;
type Sent<T> = T extends z.ZodType ? z.input<T> : T extends 'bytes' ? Uint8Array : undefined;
type Got<T> = T extends z.ZodType ? z.output<T> : T extends 'bytes' ? Uint8Array : undefined;

/** What a client passes for a route: only the parts that the route has. */
export type RouteInput<N extends RouteName> = (Of<N, 'params'> extends z.ZodType
  ? { params: Sent<Of<N, 'params'>> }
  : unknown) &
  (Of<N, 'query'> extends z.ZodType ? { query: Sent<Of<N, 'query'>> } : unknown) &
  (Of<N, 'body'> extends undefined ? unknown : { body: Sent<Of<N, 'body'>> });

/** What a route's handler gets, parsed. */
export interface RouteRequest<N extends RouteName> {
  readonly params: Got<Of<N, 'params'>>;
  readonly query: Got<Of<N, 'query'>>;
  readonly body: Got<Of<N, 'body'>>;
  /** the key that signed the request; undefined where `signer` is `none` */
  readonly key: string | undefined;
}

/** What a route answers. */
export type RouteOutput<N extends RouteName> = Got<Of<N, 'response'>>;
