// SPDX-License-Identifier: MIT
import type { AgentState } from '../../protocol/agent-state.ts';
import type { SuspendCode, SuspendReason } from '../../protocol/suspend-reasons.ts';

/** What the owner can do about the state, beside changing a rule. */
export interface Choices {
  readonly resume: boolean;
  readonly resumeGpu: boolean;
  /** sets the owner's presence aside; battery and limits still hold, so it is offered only where it helps */
  readonly earnNow: boolean;
  readonly practise: boolean;
}

/** What earning now sets aside: the owner is here, or might be. */
const PRESENCE: readonly SuspendCode[] = [
  'user_active',
  'full_screen',
  'presentation',
  'call',
  'others_busy',
  'off_schedule',
];

const isPresence = (reason: SuspendReason, profile: AgentState['decision']['profile']): boolean =>
  PRESENCE.includes(reason.code) ||
  (profile === 'in_use' && reason.code === 'settling') ||
  (reason.code === 'limit_is_zero' && reason.for === 'cpu' && reason.profile === 'in_use');

/** Reasons that do not stand in the way of processor work. */
const isBeside = (reason: SuspendReason): boolean =>
  ('for' in reason && reason.for === 'gpu') ||
  reason.code === 'heat_unknown' ||
  (reason.code === 'too_hot' && reason.leaves > 0);

export function choicesOf(state: AgentState): Choices {
  const { reasons, profile } = state.decision;
  const paused = (of: 'all' | 'gpu'): boolean =>
    reasons.some((reason) => reason.code === 'paused_by_user' && reason.for === of);
  const inTheWay = reasons.filter((reason) => !isBeside(reason));
  return {
    resume: paused('all'),
    resumeGpu: paused('gpu') && state.gpus > 0,
    earnNow:
      state.overall === 'waiting' &&
      inTheWay.length > 0 &&
      inTheWay.every((reason) => isPresence(reason, profile)),
    practise:
      state.network.kind === 'this_computer' &&
      state.overall === 'waiting' &&
      reasons.some(({ code }) => code === 'nothing_to_do'),
  };
}
