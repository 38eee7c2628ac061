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
  let offer: Offer = {
    moduleKinds,
    memoryBytes,
    heldBytes: heldJobs.reduce((sum, id) => sum + (memory.get(id) ?? 0), 0),
    freeSlots: slots,
  };
  const ranked = rankJobs(offer, open);
  const leases: AttemptLease[] = [];
  for (const job of ranked.eligible) {
    const room = roomFor(offer, job);
    if (room === 0) continue;
    const got = await claimFrom(context, device, job, room);
    offer = afterTaking(offer, job, got.length);
    leases.push(...got);
    if (offer.freeSlots === 0) break;
  }
  if (leases.length > 0) return { leases };
  return { leases, noWork: await whyNothing(context, ranked) };
}

async function claimFrom(
  context: Context,
  device: Device,
  job: OpenJob,
  limit: number,
): Promise<AttemptLease[]> {
  const { hints, clock, network } = context;
  const after = hints.after(job.id, device.accountId);
  if (after === undefined) return [];
  const now = clock.now();
  const claim = {
    jobId: job.id,
    accountId: device.accountId,
    deviceId: device.id,
    limit,
    leaseUntil: now + network.leaseMs,
    now,
    newId: () => newAttemptId(now),
  };
  const claimed = await change(context, async (sql) => {
    const first = await claimTasks(sql, { ...claim, after });
    const begin = first.length === 0 && hints.nothing(job.id, device.accountId, after);
    const tasks = begin ? await claimTasks(sql, { ...claim, after: 0 }) : first;
    if (begin && tasks.length === 0) hints.nothing(job.id, device.accountId, 0);
    if (tasks.length === 0) return [];
    const terms = await context.jobs.terms(sql, job.id);
    return tasks.map((task) => ({ id: task.id, lease: leaseOf(terms, task.attempt, task, network.leaseMs) }));
  });
  const [lowest] = claimed;
  if (lowest !== undefined) hints.claimed(job.id, device.accountId, lowest.id);
  return claimed.map(({ lease }) => lease);
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
