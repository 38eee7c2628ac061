// SPDX-License-Identifier: MIT
import type { Clock } from '../protocol/clock.ts';
import type { BlobHash } from '../protocol/ids.ts';
import type { Logger } from '../protocol/logger.ts';
import { Aftermath } from './aftermath.ts';
import type { ClaimHints } from './claim-hints.ts';
import type { JobCache } from './job-cache.ts';
import type { Sql } from './sql/schema.ts';
import type { Store } from './store.ts';
import type { Waker } from './waker.ts';

export interface NetworkOptions {
  readonly name: string;
  readonly practice: boolean;
  /** the network's part of each payment, on top, in basis points */
  readonly feeBasisPoints: number;
  /** micro-credits that each account is granted once */
  readonly startingCredits: bigint;
  /** how long a lease holds without being renewed by a poll, ms */
  readonly leaseMs: number;
}

/** What every verb works with. */
export interface Context {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly network: NetworkOptions;
  readonly waker: Waker;
  readonly hints: ClaimHints;
  readonly jobs: JobCache;
  /** aborts when the coordinator stops: held polls answer then */
  readonly stopping: AbortSignal;
  /** whether a blob was uploaded */
  hasBlob(hash: BlobHash): Promise<boolean>;
  /** says that there are new ledger entries */
  sequence(): void;
}

/** One transaction; what it changed is told to those who wait once it is durable. */
export async function change<T>(
  context: Context,
  work: (sql: Sql, after: Aftermath) => Promise<T>,
): Promise<T> {
  const { value, after } = await context.store.write(async (sql) => {
    const fresh = new Aftermath();
    return { value: await work(sql, fresh), after: fresh };
  });
  announce(context, after);
  return value;
}

function announce({ hints, jobs, waker, sequence }: Context, after: Aftermath): void {
  for (const [job, task] of after.requeued) hints.requeued(job, task);
  for (const job of after.ended) hints.ended(job);
  if (after.jobs) jobs.changed();
  if (after.ledger) sequence();
  for (const device of after.devices) waker.wake(device);
  if (after.jobs || after.requeued.size > 0) waker.wake('work');
}
