// SPDX-License-Identifier: MIT
import type { PollResponse } from '../../protocol/coordinator-api.ts';

type AttemptState = 'leased' | 'reported' | 'paid' | 'refused' | 'expired' | 'returned' | 'cancelled';
type TaskState = 'pending' | 'full' | 'completed' | 'failed' | 'ended';
export type CancelReason = PollResponse['cancelled'][number]['reason'];

export interface AttemptStanding {
  readonly attempt: AttemptState;
  readonly task: TaskState;
  /** attempts of the task that may still be handed out: a place that an expired attempt may take back */
  readonly need: number;
  /** the account has another attempt of the task by now, leased or reported */
  readonly replaced: boolean;
  /** why the job ended, if it did */
  readonly job: 'running' | 'cancelled' | 'ended';
}

const isDecided = (task: TaskState): boolean => task === 'completed' || task === 'failed';

/** Whether the place that an attempt had is still free: its lease ran out, and nobody was given the task instead. */
const placeIsFree = ({ attempt, task, need, replaced }: AttemptStanding): boolean =>
  attempt === 'expired' && task === 'pending' && need > 0 && !replaced;

/**
 * What becomes of a result that arrives for an attempt that has none yet. `revive`: the lease ran out, but the
 * task is undecided and the place was not given to another, so nothing speaks against it.
 */
export type ReportVerdict = 'accept' | 'revive' | 'job_ended' | 'lease_expired';

export function judgeReport(standing: AttemptStanding): ReportVerdict {
  if (standing.attempt === 'leased') return 'accept';
  if (standing.job !== 'running' && !isDecided(standing.task)) return 'job_ended';
  return placeIsFree(standing) ? 'revive' : 'lease_expired';
}

/**
 * What a device is told about an attempt that it says it holds. `keep`: go on, or wait for the answer to the
 * report. `revive`: the lease ran out while the device was away, and it gets it back.
 */
export type HoldVerdict = 'keep' | 'revive' | CancelReason;

export function judgeHold(standing: AttemptStanding): HoldVerdict {
  switch (standing.attempt) {
    case 'leased':
    case 'reported':
    case 'paid':
    case 'refused':
      return 'keep';
    case 'expired':
    case 'returned':
    case 'cancelled':
      break;
  }
  if (isDecided(standing.task)) return 'already_decided';
  if (standing.job === 'cancelled') return 'job_cancelled';
  if (standing.job === 'ended') return 'job_ended';
  return placeIsFree(standing) ? 'revive' : 'lease_expired';
}

/** Whether a poll must renew a lease: not each time, because each renewal is a write. */
export const needsRenewal = (leaseUntil: number, now: number, leaseMs: number): boolean =>
  leaseUntil - now < (leaseMs * 2) / 3;

/**
 * How long a poll that names attempts may be held, so that the next one comes in time to renew them.
 * @returns ms
 */
export const longestHold = (waitMs: number, leaseMs: number, holdsAttempts: boolean): number =>
  holdsAttempts ? Math.min(waitMs, Math.floor(leaseMs / 3)) : waitMs;

/**
 * Whether nobody looked after the leases for so long that devices could not renew them: the coordinator was
 * down, or its computer slept. What ran out then is not the devices' fault, and gets one more lease time.
 * @param lastLook undefined: nobody ever did
 */
export const wasAbsent = (lastLook: number | undefined, now: number, leaseMs: number): boolean =>
  lastLook === undefined || now - lastLook > leaseMs / 2;
