// SPDX-License-Identifier: MIT
import type { AgentState, OverallState, RunDecision } from '../../protocol/agent-state.ts';
import type { SuspendCode } from '../../protocol/suspend-reasons.ts';

export type Connection = AgentState['network']['connection'];

const pausedWhole = ({ reasons }: RunDecision): boolean =>
  reasons.some((reason) => reason.code === 'paused_by_user' && reason.for === 'all');

/**
 * One word for the whole.
 * @param working whether a task is being fetched or run, or was a moment ago
 * @param needsOwner whether a problem stands that only the owner can end
 */
export function overallOf(
  decision: RunDecision,
  connection: Connection,
  working: boolean,
  needsOwner: boolean,
): OverallState {
  const has = (code: SuspendCode): boolean => decision.reasons.some((reason) => reason.code === code);
  if (needsOwner || has('consent_needed') || has('ledger_contradiction')) return 'needs_you';
  if (pausedWhole(decision)) return 'paused';
  if ((decision.slots > 0 || decision.gpuDutyPercent > 0) && working) return 'earning';
  return connection === 'offline' ? 'offline' : 'waiting';
}
