// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../protocol/suspend-reasons.ts';
import { byteSize, moment } from './output.ts';

const until = (at: number | undefined): string => (at === undefined ? '' : ` until ${moment(at)}`);

const NOTHING_TO_DO = {
  nothing_to_do: 'the network has no work right now',
  already_did_all: 'this account has already done its part of all the work there is',
  needs_more_memory: 'the work there is needs more memory than tasks may use here',
  needs_module_kind: 'the work there is needs a newer Lull',
} as const;

/** One reason why less than everything runs, as the end of a sentence. */
export function reasonText(reason: SuspendReason): string {
  switch (reason.code) {
    case 'consent_needed':
      return 'you have not agreed yet: `lull accept`';
    case 'paused_by_user':
      return reason.mayEndAt === undefined
        ? 'paused until you resume it: `lull resume`'
        : `paused${until(reason.mayEndAt)}`;
    case 'user_active':
      return `the computer is in use (away after ${Math.round(reason.thresholdSeconds / 60)} min without input)`;
    case 'on_battery':
      return `on battery${reason.percent === undefined ? '' : ` (${Math.round(reason.percent)} %)`}`;
    case 'power_unknown':
      return 'it cannot be known here whether this computer is on battery';
    case 'settling':
      return `waiting a moment before starting again${until(reason.mayEndAt)}`;
    case 'limit_is_zero':
      return reason.profile === 'away' ? 'the limit while away is 0 %' : 'the limit while in use is 0 %';
    case 'offline':
      return `the network cannot be reached since ${moment(reason.since)}`;
    case 'nothing_to_do':
      return NOTHING_TO_DO[reason.detail];
    case 'disk_low':
      return `only ${byteSize(reason.freeBytes)} are free on the disk, and ${byteSize(reason.keepFreeBytes)} are kept free`;
    case 'ledger_contradiction':
      return 'the network contradicted its own ledger; evidence is kept';
    case 'shutting_down':
      return 'the agent is ending';
  }
}
