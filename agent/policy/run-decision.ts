// SPDX-License-Identifier: MIT
import type { RunDecision } from '../../protocol/agent-state.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import { cpuCapOf } from './cpu-cap.ts';
import type { AgentFacts } from './facts.ts';
import { type PolicyHistory, watch } from './hysteresis.ts';
import { acting, limitsUnder } from './limits.ts';
import { gpuReasons, ownersReasons, reasonsFor } from './reasons.ts';
import type { Look } from './rule.ts';

export type { AgentFacts, NoWork } from './facts.ts';

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
  const look: Look = { settings, signals, facts, now };
  const earnsNow = facts.earnNowUntil !== null && facts.earnNowUntil > now;
  const { limiting, history: next } = watch(look, history, earnsNow);
  const limits = limitsUnder(settings, acting(limiting, now));

  const owners = ownersReasons(look);
  const stopped = owners.length > 0;
  const noGpu = stopped || facts.gpus === 0 || gpuReasons(look).length > 0;
  const cap = cpuCapOf(facts.threads, stopped ? 0 : limits.cpuPercent, limits.threads);
  const gpuDutyPercent = noGpu ? 0 : limits.gpuPercent;
  const mayRun = cap.slots > 0 || gpuDutyPercent > 0;
  const decision: RunDecision = {
    slots: cap.slots,
    cpuDutyPercent: cap.dutyPercent,
    gpuDutyPercent,
    memoryPercent: limits.memoryPercent,
    keepsMemory: limits.keepsMemory,
    mayFetch: limits.mayFetch,
    keepAwake: settings.keepAwake && signals.onBattery === false && mayRun,
    profile: limits.profile,
    reasons: reasonsFor(look, owners, limiting, limits, mayRun),
  };
  return { decision, history: next };
}
