// SPDX-License-Identifier: MIT
import type { AgentState } from '../../protocol/agent-state.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';

/** What the owner can do about the state, beside changing a rule. */
export interface Choices {
  readonly resume: boolean;
  /** sets the owner's presence aside; battery and limits still hold, so it is offered only where it helps */
  readonly earnNow: boolean;
  readonly practise: boolean;
}

const isPresence = (reason: SuspendReason, profile: AgentState['decision']['profile']): boolean =>
  reason.code === 'user_active' ||
  (profile === 'in_use' && reason.code === 'settling') ||
  (reason.code === 'limit_is_zero' && reason.profile === 'in_use');

export function choicesOf(state: AgentState): Choices {
  const { reasons, profile } = state.decision;
  return {
    resume: reasons.some(({ code }) => code === 'paused_by_user'),
    earnNow:
      state.overall === 'waiting' &&
      reasons.length > 0 &&
      reasons.every((reason) => isPresence(reason, profile)),
    practise:
      state.network.kind === 'this_computer' &&
      state.overall === 'waiting' &&
      reasons.some(({ code }) => code === 'nothing_to_do'),
  };
}
