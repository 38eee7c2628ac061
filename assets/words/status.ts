// SPDX-License-Identifier: MIT
import type { AgentState, OverallState } from '../../protocol/agent-state.ts';
import type { SuspendCode, SuspendReason } from '../../protocol/suspend-reasons.ts';
import { describeReason, networkName, type ReasonText } from './reasons.ts';
import { LIMIT_RULES, type Rule, RULES } from './rules.ts';
import type { Words } from './words.ts';

/** What Home says about the whole: one word, one sentence, the rule behind it, and what else holds work back. */
export interface Status {
  readonly overall: OverallState;
  readonly title: string;
  readonly text: string;
  readonly rule: Rule | undefined;
  readonly others: readonly ReasonText[];
  /** changes when there is something new to say aloud; not with every second of a countdown */
  readonly topic: string;
}

const PROBLEMS_RULE: Rule = { label: 'rule.problems', href: '#/settings/problems' };

/** Reasons that make it less, not nothing: work goes on within the limit while in use. */
const ONLY_SLOW_DOWN: readonly SuspendCode[] = ['user_active', 'settling'];

/** What each overall state is about, when its reason is not simply the first. */
const ABOUT: Partial<Record<OverallState, readonly SuspendCode[]>> = {
  paused: ['paused_by_user'],
  offline: ['offline'],
  needs_you: ['consent_needed', 'ledger_contradiction'],
};

/** Where there is no graphics processor, nothing needs to be said about it. */
const reasonsOf = ({ decision, gpus }: AgentState): SuspendReason[] =>
  decision.reasons.filter((reason) => gpus > 0 || !('for' in reason && reason.for === 'gpu'));

/** The reasons that really stop work, most important first; a limit of zero while in use says the same as its cause. */
function stopping(state: AgentState): SuspendReason[] {
  const reasons = reasonsOf(state);
  if (state.decision.slots > 0) return reasons.filter(({ code }) => !ONLY_SLOW_DOWN.includes(code));
  const hasCause = reasons.some(({ code }) => ONLY_SLOW_DOWN.includes(code));
  return reasons.filter(
    (reason) => !(hasCause && reason.code === 'limit_is_zero' && reason.profile === 'in_use'),
  );
}

/** The one reason that the whole state is about. */
export function mainReason(state: AgentState): SuspendReason | undefined {
  if (state.overall === 'earning') return undefined;
  const reasons = stopping(state);
  const about = ABOUT[state.overall];
  return about === undefined ? reasons[0] : reasons.find(({ code }) => about.includes(code));
}

/** The share of all processor time that the decision leaves, %. */
const mostPercent = ({ decision, threads }: AgentState): number =>
  Math.min(100, (decision.slots * decision.cpuDutyPercent) / threads);

function earningText(state: AgentState, words: Words, now: number): ReasonText {
  const { profile } = state.decision;
  const rule = LIMIT_RULES.cpu[profile];
  const percent = words.format.percent(mostPercent(state));
  if (state.earnNowUntil !== null && state.earnNowUntil > now) {
    const moment = words.format.moment(state.earnNowUntil, now);
    return { text: words.t('status.earning.now', { moment, percent }), rule };
  }
  const count = state.slots.length;
  if (count === 0) return { text: words.t('status.earning.fetching'), rule };
  return { text: words.t(`status.earning.${profile}`, { count, percent }), rule };
}

/** The sentence of a state that no suspend reason explains. */
function plainText(state: AgentState, words: Words, now: number): ReasonText {
  const { overall, network } = state;
  if (overall === 'earning') return earningText(state, words, now);
  const problem = state.problems[0];
  if (overall === 'needs_you' && problem !== undefined) return { text: problem.message, rule: PROBLEMS_RULE };
  if (overall === 'waiting' && network.connection === 'connecting') {
    return { text: words.t('status.connecting'), rule: RULES.network };
  }
  if (overall === 'offline') {
    return { text: words.t('status.offline', { network: networkName(state, words) }), rule: RULES.network };
  }
  return { text: words.t(`status.${overall}`) };
}

/** @param now ms since the epoch */
export function statusOf(state: AgentState, words: Words, now: number): Status {
  const { overall } = state;
  const reason = mainReason(state);
  const main =
    reason === undefined ? plainText(state, words, now) : describeReason(reason, state, words, now);
  const others = stopping(state)
    .filter((other) => other !== reason)
    .map((other) => describeReason(other, state, words, now));
  return {
    overall,
    title: words.t(`state.${overall}`),
    text: main.text,
    rule: main.rule,
    others,
    topic: `${overall} ${reason?.code ?? ''} ${state.earnNowUntil === null ? '' : 'now'}`,
  };
}

/** When what is shown ends by itself (ms since the epoch), for a countdown. */
export function endsAt(state: AgentState, now: number): number | undefined {
  const reason = mainReason(state);
  const at =
    state.overall === 'earning'
      ? (state.earnNowUntil ?? undefined)
      : reason !== undefined && 'mayEndAt' in reason
        ? reason.mayEndAt
        : undefined;
  return at === undefined || at <= now ? undefined : at;
}
