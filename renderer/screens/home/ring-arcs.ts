// SPDX-License-Identifier: MIT
import { endsAt, mainReason } from '../../../assets/words/status.ts';
import type { AgentState } from '../../../protocol/agent-state.ts';

/** A part of the ring; `start` and `length` are shares of the whole circle, 0 to 1. */
export interface Arc {
  readonly start: number;
  readonly length: number;
  /** how much of it is filled, 0 to 1 */
  readonly filled: number;
}

const GAP = 0.035;
const MOST_SEGMENTS = 8;

const whole = (filled: number): Arc[] => [{ start: 0, length: 1, filled: Math.min(1, Math.max(0, filled)) }];

/** One segment a task, filled by its progress; many tasks are drawn as one. */
function taskArcs(state: AgentState): Arc[] {
  const parts = state.slots.map((slot) => slot.progressPermille / 1000);
  if (parts.length === 0) return whole(0);
  if (parts.length === 1 || parts.length > MOST_SEGMENTS) {
    return whole(parts.reduce((sum, part) => sum + part, 0) / parts.length);
  }
  const length = 1 / parts.length - GAP;
  return parts.map((filled, index) => ({ start: index / parts.length + GAP / 2, length, filled }));
}

/** What the ring is full of: the tasks' progress while earning, else how far the wait has come. */
export function ringArcs(state: AgentState, now: number): Arc[] {
  if (state.overall === 'earning') return taskArcs(state);
  const reason = mainReason(state);
  const end = endsAt(state, now);
  if (reason?.code === 'user_active' && reason.thresholdSeconds > 0) {
    const idle = end === undefined ? (reason.idleSeconds ?? 0) : reason.thresholdSeconds - (end - now) / 1000;
    return whole(idle / reason.thresholdSeconds);
  }
  return whole(0);
}
