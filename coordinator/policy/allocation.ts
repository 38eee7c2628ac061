// SPDX-License-Identifier: MIT
import type { PollResponse } from '../../protocol/coordinator-api.ts';
import type { ModuleKind } from '../../protocol/job.ts';

/** What a device has free now. */
export interface Offer {
  readonly moduleKinds: readonly ModuleKind[];
  /** memory that tasks may use in total, bytes */
  readonly memoryBytes: number;
  /** of that, what the attempts it holds may use, bytes */
  readonly heldBytes: number;
  readonly freeSlots: number;
}

/** What a job asks of a device. */
export interface Demand {
  readonly kind: ModuleKind;
  /** the most one task may use, bytes */
  readonly memoryBytes: number;
}

/** Why a device may not run tasks of a job; `busy_memory` ends by itself when its attempts end. */
export type Refusal = 'needs_module_kind' | 'needs_more_memory' | 'busy_memory';

/** Whether a device may run tasks of this job at all. */
export function refusalOf(offer: Offer, demand: Demand): Refusal | undefined {
  if (!offer.moduleKinds.includes(demand.kind)) return 'needs_module_kind';
  if (demand.memoryBytes > offer.memoryBytes) return 'needs_more_memory';
  if (demand.memoryBytes > offer.memoryBytes - offer.heldBytes) return 'busy_memory';
  return undefined;
}

/** How many tasks of this job a device may take now: bounded by its free slots and its free memory. */
export function roomFor(offer: Offer, demand: Demand): number {
  if (refusalOf(offer, demand) !== undefined) return 0;
  return Math.min(offer.freeSlots, Math.floor((offer.memoryBytes - offer.heldBytes) / demand.memoryBytes));
}

/** What is left of an offer after taking so many tasks. */
export const afterTaking = (offer: Offer, demand: Demand, count: number): Offer => ({
  ...offer,
  freeSlots: offer.freeSlots - count,
  heldBytes: offer.heldBytes + count * demand.memoryBytes,
});

export interface RankedJobs<J extends Demand> {
  /** in the order in which they are to be tried */
  readonly eligible: readonly J[];
  readonly refused: readonly { readonly job: J; readonly refusal: Refusal }[];
}

/**
 * Which jobs to try for a device, in which order: what it can run, the oldest first. Whether the account has
 * had an attempt of a task already is the database's to say (one per account and task, kept by an index).
 * @param jobs running jobs, oldest first
 */
export function rankJobs<J extends Demand>(offer: Offer, jobs: readonly J[]): RankedJobs<J> {
  const eligible: J[] = [];
  const refused: { job: J; refusal: Refusal }[] = [];
  for (const job of jobs) {
    const refusal = refusalOf(offer, job);
    if (refusal === undefined) eligible.push(job);
    else refused.push({ job, refusal });
  }
  return { eligible, refused };
}

/** What was pending, by how this device stands to it, when nothing could be handed out. */
export interface Pending {
  /** in jobs that it can run: its account has had an attempt of each */
  readonly forOthers: boolean;
  readonly needsMemory: boolean;
  readonly needsKind: boolean;
}

/** The one reason that is told: the one nearest to work first. */
export function whyNoWork(pending: Pending): NonNullable<PollResponse['noWork']> {
  if (pending.forOthers) return 'already_did_all';
  if (pending.needsMemory) return 'needs_more_memory';
  if (pending.needsKind) return 'needs_module_kind';
  return 'nothing_to_do';
}
