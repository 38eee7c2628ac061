// SPDX-License-Identifier: MIT
import type { Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { AgentFacts } from './facts.ts';

/** The least time between an automatic stop and the next start, ms (DESIGN.md section 6; BOINC has 20 s for its load alone). */
export const SETTLE_MS = 30_000;

/** Everything that a rule may look at. */
export interface Look {
  readonly settings: Settings;
  readonly signals: Signals;
  readonly facts: AgentFacts;
  /** ms since the epoch */
  readonly now: number;
}

/** What a rule takes away while it limits. Where several do, the stricter counts in each line. */
export interface Effect {
  /** share of the limits for processor and GPU that it leaves, 0 to 1 */
  readonly leaves?: number;
  /** most of all processor time that it leaves, % */
  readonly mostCpuPercent?: number;
  /** the limits for a computer in use count */
  readonly inUse?: true;
  /** nothing is fetched from the network */
  readonly noFetch?: true;
  /** what is parked gives its memory back */
  readonly freesMemory?: true;
}

/** An automatic rule: one row of the table in `rules.ts`. What its times mean is told in `hysteresis.ts`. */
export interface Rule {
  readonly effect: Effect;
  /** how long its condition must be seen before it holds, ms */
  readonly graceMs: number;
  /** how long it goes on limiting, counted from `coolsFrom`, ms; never less than SETTLE_MS */
  readonly coolMs: number;
  /** `end`: from when it was last seen to hold; `begin`: from when it began to */
  readonly coolsFrom: 'end' | 'begin';
  /** earning now, the owner's own word, overrides it */
  readonly yieldsToEarnNow: boolean;
  /**
   * Its condition now, and the values that were seen, with the threshold that they have passed.
   * @param holds it holds already: a number must pass a looser threshold for it to let go
   */
  readonly read: (look: Look, holds: boolean) => SuspendReason | undefined;
}

/** The end of a reason, where it can be known. */
export const endsAt = (mayEndAt: number | undefined): { mayEndAt?: number } =>
  mayEndAt === undefined ? {} : { mayEndAt: Math.max(0, Math.round(mayEndAt)) };
