// SPDX-License-Identifier: MIT
import type { AgentState, OverallState } from '../../protocol/agent-state.ts';
import { describeReason, type ReasonText, type Rule } from './reasons.ts';
import type { MessageKey } from './translate.ts';
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

const CPU_RULE = {
  away: { label: 'rule.away', href: '#/limits/awayCpuPercent' },
  in_use: { label: 'rule.in_use', href: '#/limits/inUseCpuPercent' },
} as const satisfies Record<string, Rule>;

const PROBLEMS: Rule = { label: 'rule.problems', href: '#/settings/problems' };

function earningText(state: AgentState, words: Words, now: number): ReasonText {
  const { profile } = state.decision;
  const percent = words.format.percent(
    profile === 'away' ? state.settings.awayCpuPercent : state.settings.inUseCpuPercent,
  );
  if (state.earnNowUntil !== null && state.earnNowUntil > now) {
    const moment = words.format.moment(state.earnNowUntil, now);
    return { text: words.t('status.earning.now', { moment }), rule: CPU_RULE[profile] };
  }
  const running = state.slots.filter((slot) => slot.state === 'running').length;
  if (running === 0) return { text: words.t('status.earning.fetching'), rule: CPU_RULE[profile] };
  const key: MessageKey = profile === 'away' ? 'status.earning.away' : 'status.earning.in_use';
  return { text: words.t(key, { count: running, percent }), rule: CPU_RULE[profile] };
}

function fallbackText(state: AgentState, words: Words): ReasonText {
  const problem = state.problems[0];
  if (state.overall === 'needs_you' && problem !== undefined)
    return { text: problem.message, rule: PROBLEMS };
  if (state.overall === 'offline') {
    const text = state.network.message ?? words.t('status.offline', { network: state.network.name });
    return { text, rule: { label: 'rule.network', href: '#/settings/network' } };
  }
  const key: MessageKey = state.overall === 'earning' ? 'status.waiting' : `status.${state.overall}`;
  return { text: words.t(key) };
}

/** @param now ms since the epoch */
export function statusOf(state: AgentState, words: Words, now: number): Status {
  const { overall } = state;
  const reasons = state.decision.reasons;
  const first = overall === 'earning' ? undefined : reasons[0];
  const main =
    overall === 'earning'
      ? earningText(state, words, now)
      : first === undefined
        ? fallbackText(state, words)
        : describeReason(first, state, words, now);
  const others = reasons
    .filter((reason) => reason !== first)
    .map((reason) => describeReason(reason, state, words, now));
  return {
    overall,
    title: words.t(`state.${overall}`),
    text: main.text,
    rule: main.rule,
    others,
    topic: `${overall} ${first?.code ?? ''} ${state.earnNowUntil === null ? '' : 'now'}`,
  };
}

/** When what is shown ends by itself (ms since the epoch), for a countdown. */
export function endsAt(state: AgentState, now: number): number | undefined {
  const reason = state.decision.reasons[0];
  const at =
    state.overall === 'earning'
      ? (state.earnNowUntil ?? undefined)
      : reason !== undefined && 'mayEndAt' in reason
        ? reason.mayEndAt
        : undefined;
  return at === undefined || at <= now ? undefined : at;
}
