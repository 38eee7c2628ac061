// SPDX-License-Identifier: MIT
import type { RunDecision } from '../../protocol/agent-state.ts';
import type { PollResponse } from '../../protocol/coordinator-api.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { LocalTime } from '../ports.ts';
import { cpuCapOf } from './cpu-cap.ts';
import { diskReason } from './disk.ts';
import { type PolicyHistory, remember } from './hysteresis.ts';
import { powerReason } from './power.ts';
import { userActive } from './presence.ts';

export type NoWork = NonNullable<PollResponse['noWork']>;

/** What the agent itself knows, besides settings and sensors. Moments are ms since the epoch. */
export interface AgentFacts {
  /** logical processors */
  readonly threads: number;
  /** graphics processors that tasks could use */
  readonly gpus: number;
  /** names of the programs that run now; null: cannot be known; undefined: not asked, because no rule needs it */
  readonly programs: readonly string[] | null | undefined;
  readonly network: 'this_computer' | 'remote';
  /** sent and received since local midnight, bytes; what stays on this computer does not count */
  readonly networkBytesToday: number;
  /**
   * What this device lately earned per hour of running, in credits. It must not change because nothing runs; null:
   * it ran too little lately to know, and may run to find out.
   */
  readonly earnsPerHour: number | null;
  /** What Lull's work drew while it last ran, averaged over a minute or more, W; null: not known yet. */
  readonly watts: number | null;
  /** a new version waits to be installed */
  readonly updatePending: boolean;
  readonly localTime: LocalTime;
  /** the owner wants it to earn whatever happens at the computer, until then; null: no */
  readonly earnNowUntil: number | null;
  /** since when the network has not answered; null: it answers, or was not asked yet */
  readonly offlineSince: number | null;
  /** why the network had no work at the last poll */
  readonly noWork: NoWork | undefined;
  /** false once the network has contradicted its own ledger */
  readonly ledgerTrusted: boolean;
  readonly shuttingDown: boolean;
}

function pausedReason(settings: Settings, now: number): SuspendReason | undefined {
  const { pausedUntil } = settings;
  if (pausedUntil === 'resumed') return { code: 'paused_by_user', for: 'all' };
  if (pausedUntil === null || pausedUntil <= now) return undefined;
  return { code: 'paused_by_user', for: 'all', mayEndAt: pausedUntil };
}

/** Reasons that stop everything and that no waiting time follows: the owner's own word, and trust. */
function ownersReasons(settings: Settings, facts: AgentFacts, now: number): SuspendReason[] {
  const reasons: SuspendReason[] = [];
  if (settings.consentGivenAt === null) reasons.push({ code: 'consent_needed' });
  if (facts.shuttingDown) reasons.push({ code: 'shutting_down' });
  if (!facts.ledgerTrusted) reasons.push({ code: 'ledger_contradiction' });
  const paused = pausedReason(settings, now);
  if (paused !== undefined) reasons.push(paused);
  return reasons;
}

/** Reasons that do not stop anything by themselves: there is just nothing to run. */
function networkReasons(facts: AgentFacts, maySlots: number): SuspendReason[] {
  const reasons: SuspendReason[] = [];
  if (facts.offlineSince !== null) reasons.push({ code: 'offline', since: facts.offlineSince });
  else if (facts.noWork !== undefined && maySlots > 0) {
    reasons.push({ code: 'nothing_to_do', detail: facts.noWork });
  }
  return reasons;
}

/**
 * What may run now, and why not more. Pure: the same arguments always give the same answer.
 * @param history what the last call returned; `NO_HISTORY` at first
 * @param now ms since the epoch
 */
export function decide(
  settings: Settings,
  signals: Signals,
  history: PolicyHistory,
  facts: AgentFacts,
  now: number,
): { decision: RunDecision; history: PolicyHistory } {
  const earnsNow = facts.earnNowUntil !== null && facts.earnNowUntil > now;
  const owners = ownersReasons(settings, facts, now);
  const automatic = [powerReason(settings, signals), diskReason(settings, signals)].filter(
    (reason) => reason !== undefined,
  );
  const active = earnsNow ? undefined : userActive(settings, signals, now);
  const next = remember(history, { stopped: automatic.length > 0, present: active !== undefined }, now);

  const stopSettles = automatic.length === 0 && next.stoppedUntil > now;
  const awaySettles = !earnsNow && active === undefined && next.presentUntil > now;
  const profile = active !== undefined || awaySettles ? 'in_use' : 'away';
  const percent = profile === 'away' ? settings.awayCpuPercent : settings.inUseCpuPercent;
  const stopped = owners.length > 0 || automatic.length > 0 || stopSettles;
  const cap = cpuCapOf(facts.threads, stopped ? 0 : percent);

  const reasons: SuspendReason[] = [...owners, ...automatic];
  if (active !== undefined) reasons.push(active);
  if (stopSettles || awaySettles) {
    const mayEndAt = Math.max(stopSettles ? next.stoppedUntil : 0, awaySettles ? next.presentUntil : 0);
    reasons.push({ code: 'settling', mayEndAt });
  }
  if (percent === 0) reasons.push({ code: 'limit_is_zero', for: 'cpu', profile });
  reasons.push(...networkReasons(facts, cap.slots));
  const decision: RunDecision = {
    slots: cap.slots,
    cpuDutyPercent: cap.dutyPercent,
    gpuDutyPercent: 0,
    memoryPercent: profile === 'away' ? settings.awayMemoryPercent : settings.inUseMemoryPercent,
    keepsMemory: true,
    mayFetch: true,
    keepAwake: settings.keepAwake && signals.onBattery === false && cap.slots > 0,
    profile,
    reasons,
  };
  return { decision, history: next };
}
