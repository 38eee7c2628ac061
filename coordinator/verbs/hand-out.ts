// SPDX-License-Identifier: MIT
import type { AttemptLease, PollResponse } from '../../protocol/coordinator-api.ts';
import type { AttemptId } from '../../protocol/ids.ts';
import { taskIdOf } from '../../protocol/ids.ts';
import { change, type Context } from '../context.ts';
import { newAttemptId } from '../ids.ts';
import { type JobTerms, taskSpecOf } from '../job-spec.ts';
import {
  afterTaking,
  type Offer,
  type RankedJobs,
  rankJobs,
  roomFor,
  whyNoWork,
} from '../policy/allocation.ts';
import { type ClaimedTask, claimTasks } from '../sql/claim-tasks.ts';
import type { Device } from '../sql/devices.ts';
import type { OpenJob } from '../sql/jobs.ts';
import { jobsWithPending } from '../sql/pending.ts';
import type { Sql } from '../sql/schema.ts';

export function leaseOf(
  terms: JobTerms,
  attempt: AttemptId,
  task: Pick<ClaimedTask, 'idx' | 'input_hash' | 'input_size'>,
  leaseMs: number,
): AttemptLease {
  return {
    attempt,
    task: taskIdOf(terms.job, task.idx),
    job: terms.job,
    jobName: terms.name,
    publisher: terms.publisher,
    purpose: terms.purpose,
    pricePerGigafuel: terms.price.toString(),
    spec: taskSpecOf(terms, task),
    leaseMs,
  };
}

interface HandedOut {
  readonly leases: readonly AttemptLease[];
  readonly noWork?: NonNullable<PollResponse['noWork']>;
}

/**
 * Leases as many new tasks to a device as it has slots and memory for.
 * @param heldJobs the job of each attempt that it holds, for the memory they may use
 */
export async function handOut(
  context: Context,
  device: Device,
  slots: number,
  heldJobs: readonly number[],
): Promise<HandedOut> {
  if (slots <= 0) return { leases: [] };
  const open = await context.jobs.open();
  const memory = new Map(open.map(({ id, memoryBytes }) => [id, memoryBytes]));
  const { moduleKinds, memoryBytes } = device.capabilities;
  const offer: Offer = {
    moduleKinds,
    memoryBytes,
    heldBytes: heldJobs.reduce((sum, id) => sum + (memory.get(id) ?? 0), 0),
    freeSlots: slots,
  };
  const ranked = rankJobs(offer, open);
  const worthAsking = ranked.eligible.filter(
    ({ id }) => context.hints.after(id, device.accountId) !== undefined,
  );
  if (worthAsking.length > 0) {
    const leases = await change(context, async (sql) => {
      const got: AttemptLease[] = [];
      let left = offer;
      for (const job of worthAsking) {
        const room = roomFor(left, job);
        if (room === 0) continue;
        const fromJob = await claimFrom(context, sql, device, job, room);
        got.push(...fromJob);
        left = afterTaking(left, job, fromJob.length);
        if (left.freeSlots === 0) break;
      }
      return got;
    });
    if (leases.length > 0) return { leases };
  }
  return { leases: [], noWork: await whyNothing(context, ranked) };
}

async function claimFrom(
  { hints, clock, network, jobs }: Context,
  sql: Sql,
  device: Device,
  job: OpenJob,
  limit: number,
): Promise<AttemptLease[]> {
  const { accountId } = device;
  const now = clock.now();
  const claim = {
    jobId: job.id,
    accountId,
    deviceId: device.id,
    limit,
    leaseUntil: now + network.leaseMs,
    now,
    newId: () => newAttemptId(now),
  };
  const after = hints.after(job.id, accountId) ?? 0;
  let tasks = await claimTasks(sql, { ...claim, after });
  if (tasks.length === 0 && after > 0) tasks = await claimTasks(sql, { ...claim, after: 0 });
  const [lowest] = tasks;
  if (lowest === undefined) {
    hints.nothing(job.id, accountId);
    return [];
  }
  hints.claimed(job.id, accountId, lowest.id);
  const terms = await jobs.terms(sql, job.id);
  return tasks.map((task) => leaseOf(terms, task.attempt, task, network.leaseMs));
}

async function whyNothing(
  { store }: Context,
  { eligible, refused }: RankedJobs<OpenJob>,
): Promise<NonNullable<PollResponse['noWork']>> {
  const ids = [...eligible, ...refused.map(({ job }) => job)].map(({ id }) => id);
  const pending = await store.read((sql) => jobsWithPending(sql, ids));
  const isPending = ({ id }: OpenJob): boolean => pending.has(id);
  return whyNoWork({
    forOthers: eligible.some(isPending),
    needsMemory: refused.some(({ job, refusal }) => refusal === 'needs_more_memory' && isPending(job)),
    needsKind: refused.some(({ job, refusal }) => refusal === 'needs_module_kind' && isPending(job)),
  });
}
