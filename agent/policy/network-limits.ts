// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import { GIGABYTE } from './disk.ts';
import { endsAt, type Look } from './rule.ts';

/*
 * Rules of the connection: what is here goes on, but nothing is fetched or sent. They say nothing about the network of
 * one, which never leaves this computer.
 */

/** The connection is paid by volume, or it cannot be known that it is not. */
export function metered({ settings, signals, facts }: Look): SuspendReason | undefined {
  if (facts.network === 'this_computer' || settings.runOnMetered || signals.metered === false)
    return undefined;
  return { code: 'metered_network', known: signals.metered === true };
}

/** What may be sent and received in a day has been; the day ends at local midnight. */
export function quota({ settings, facts, now }: Look): SuspendReason | undefined {
  const quotaBytes = settings.networkGigabytesPerDay * GIGABYTE;
  const usedBytes = facts.networkBytesToday;
  if (facts.network === 'this_computer' || usedBytes < quotaBytes) return undefined;
  return { code: 'network_quota', usedBytes, quotaBytes, ...endsAt(facts.localTime.nextHour(now, 0)) };
}
