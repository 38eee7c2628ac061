// SPDX-License-Identifier: MIT
import type { AgentState } from '../../protocol/agent-state.ts';
import type { SuspendCode, SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { MessageKey } from './translate.ts';
import type { Words } from './words.ts';

/** Where the rule behind a reason can be seen and changed. */
export interface Rule {
  readonly label: MessageKey;
  /** an address inside the page */
  readonly href: string;
}

/** One reason as people read it. */
export interface ReasonText {
  readonly text: string;
  readonly rule?: Rule;
}

interface Context {
  readonly words: Words;
  readonly state: AgentState;
  readonly now: number;
}

type Describe<C extends SuspendCode> = (
  reason: Extract<SuspendReason, { code: C }>,
  context: Context,
) => ReasonText;

const RULES = {
  idle: { label: 'rule.idle', href: '#/limits/idleMinutes' },
  battery: { label: 'rule.battery', href: '#/limits/runOnBattery' },
  away: { label: 'rule.away', href: '#/limits/awayCpuPercent' },
  inUse: { label: 'rule.in_use', href: '#/limits/inUseCpuPercent' },
  memory: { label: 'rule.memory', href: '#/limits/memoryPercent' },
  disk: { label: 'rule.disk', href: '#/limits/keepFreeGigabytes' },
  network: { label: 'rule.network', href: '#/settings/network' },
  ledger: { label: 'rule.ledger', href: '#/settings/ledger' },
} as const satisfies Record<string, Rule>;

const NOTHING_TO_DO_RULE = {
  nothing_to_do: RULES.network,
  already_did_all: RULES.network,
  needs_more_memory: RULES.memory,
  needs_module_kind: RULES.network,
} as const;

/** The network as a sentence begins with it. */
export const networkName = ({ network }: AgentState, { t }: Words): string =>
  network.kind === 'this_computer' ? t('network.of_one') : network.name;

/** One true sentence for each code, with the value that was seen and the threshold. A missing code does not compile. */
const DESCRIBE: { readonly [C in SuspendCode]: Describe<C> } = {
  consent_needed: (_, { words }) => ({ text: words.t('reason.consent_needed') }),
  paused_by_user: ({ mayEndAt }, { words, now }) => ({
    text:
      mayEndAt === undefined
        ? words.t('reason.paused_by_user')
        : words.t('reason.paused_by_user.until', { moment: words.format.moment(mayEndAt, now) }),
  }),
  user_active: ({ idleSeconds, thresholdSeconds, mayEndAt }, { words, now }) => {
    const threshold = words.format.duration(thresholdSeconds);
    if (idleSeconds === undefined) {
      return { text: words.t('reason.user_active.unknown', { threshold }), rule: RULES.idle };
    }
    const idle = mayEndAt === undefined ? idleSeconds : thresholdSeconds - (mayEndAt - now) / 1000;
    const shown = words.format.duration(Math.min(Math.max(0, Math.round(idle)), thresholdSeconds));
    return { text: words.t('reason.user_active', { idle: shown, threshold }), rule: RULES.idle };
  },
  on_battery: ({ percent }, { words }) => ({
    text:
      percent === undefined
        ? words.t('reason.on_battery')
        : words.t('reason.on_battery.percent', { percent: words.format.percent(percent) }),
    rule: RULES.battery,
  }),
  power_unknown: (_, { words }) => ({ text: words.t('reason.power_unknown'), rule: RULES.battery }),
  settling: ({ mayEndAt }, { words, now }) => ({
    text:
      mayEndAt === undefined
        ? words.t('reason.settling')
        : words.t('reason.settling.until', {
            left: words.format.duration(Math.ceil((mayEndAt - now) / 1000)),
          }),
    rule: RULES.idle,
  }),
  limit_is_zero: ({ profile }, { words }) =>
    profile === 'away'
      ? { text: words.t('reason.limit_is_zero.away'), rule: RULES.away }
      : { text: words.t('reason.limit_is_zero.in_use'), rule: RULES.inUse },
  offline: ({ since }, { words, state, now }) => ({
    text: words.t('reason.offline', {
      network: networkName(state, words),
      since: words.format.ago(since, now, 'long'),
    }),
    rule: RULES.network,
  }),
  nothing_to_do: ({ detail }, { words, state }) => ({
    text: words.t(`reason.nothing_to_do.${detail}`, { network: networkName(state, words) }),
    rule: NOTHING_TO_DO_RULE[detail],
  }),
  disk_low: ({ freeBytes, keepFreeBytes }, { words }) => ({
    text: words.t('reason.disk_low', {
      free: words.format.gigabytes(freeBytes),
      keep: words.format.gigabytes(keepFreeBytes),
    }),
    rule: RULES.disk,
  }),
  ledger_contradiction: (_, { words }) => ({
    text: words.t('reason.ledger_contradiction'),
    rule: RULES.ledger,
  }),
  shutting_down: (_, { words }) => ({ text: words.t('reason.shutting_down') }),
};

/** @param now ms since the epoch */
export function describeReason(
  reason: SuspendReason,
  state: AgentState,
  words: Words,
  now: number,
): ReasonText {
  // The table's type ties each code to its own reason; only this indexing cannot be expressed.
  const describe = DESCRIBE[reason.code] as Describe<SuspendCode>;
  return describe(reason, { words, state, now });
}
