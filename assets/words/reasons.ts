// SPDX-License-Identifier: MIT
import type { AgentState } from '../../protocol/agent-state.ts';
import type { SuspendCode, SuspendReason } from '../../protocol/suspend-reasons.ts';
import { LIMIT_RULES, NOTHING_TO_DO_RULE, type Rule, RULES } from './rules.ts';
import type { MessageKey, Params } from './translate.ts';
import type { Words } from './words.ts';

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

/** The network as a sentence begins with it. */
export const networkName = ({ network }: AgentState, { t }: Words): string =>
  network.kind === 'this_computer' ? t('network.of_one') : network.name;

/** A sentence whose end may be known: then with the moment at which it ends. */
function ending(
  key: MessageKey,
  until: MessageKey,
  mayEndAt: number | undefined,
  { words: { t, format }, now }: Context,
  params: Params = {},
): string {
  return mayEndAt === undefined
    ? t(key, params)
    : t(until, { ...params, moment: format.moment(mayEndAt, now) });
}

const userActive: Describe<'user_active'> = (reason, { words: { t, format }, state, now }) => {
  const { idleSeconds, thresholdSeconds, careful, mayEndAt } = reason;
  const rule = RULES.idle;
  if (idleSeconds === undefined) {
    const lockHelps = state.settings.runWhenLocked && state.signals.screenLocked !== null;
    return { text: t(lockHelps ? 'reason.user_active.unknown.locked' : 'reason.user_active.unknown'), rule };
  }
  const threshold = format.duration(thresholdSeconds);
  const passed = mayEndAt === undefined ? idleSeconds : thresholdSeconds - (mayEndAt - now) / 1000;
  const idle = format.duration(Math.min(Math.max(0, Math.round(passed)), thresholdSeconds));
  return {
    text: t(careful ? 'reason.user_active.careful' : 'reason.user_active', { idle, threshold }),
    rule,
  };
};

const onBattery: Describe<'on_battery'> = ({ percent, abovePercent }, { words: { t, format } }) => {
  const seen = percent === undefined ? '' : format.percent(percent);
  if (abovePercent === undefined) {
    const key = percent === undefined ? 'reason.on_battery' : 'reason.on_battery.percent';
    return { text: t(key, { percent: seen }), rule: RULES.battery };
  }
  const key = percent === undefined ? 'reason.on_battery.above' : 'reason.on_battery.percent.above';
  return { text: t(key, { percent: seen, above: format.percent(abovePercent) }), rule: RULES.batteryLevel };
};

const tooHot: Describe<'too_hot'> = ({ leaves }, { words: { t, format } }) => ({
  text:
    leaves > 0 ? t('reason.too_hot.fair', { leaves: format.percent(leaves) }) : t('reason.too_hot.stopped'),
  rule: RULES.heat,
});

const othersBusy: Describe<'others_busy'> = ({ percent, thresholdPercent }, { words: { t, format } }) => ({
  text:
    percent === undefined
      ? t('reason.others_busy.unknown')
      : t('reason.others_busy', {
          percent: format.percent(percent),
          threshold: format.percent(thresholdPercent),
        }),
  rule: RULES.busy,
});

const powerPrice: Describe<'power_price'> = ({ pricePerKwh, mostPricePerKwh, mayEndAt }, context) => {
  const { t, format } = context.words;
  const { currency } = context.state.settings;
  const most = format.money(mostPricePerKwh, currency);
  if (pricePerKwh === undefined)
    return { text: t('reason.power_price.unknown', { most }), rule: RULES.price };
  const params = { price: format.money(pricePerKwh, currency), most };
  return {
    text: ending('reason.power_price', 'reason.power_price.until', mayEndAt, context, params),
    rule: RULES.price,
  };
};

const atALoss: Describe<'at_a_loss'> = ({ earnsPerHour, costsPerHour, mayEndAt }, context) => {
  const { t, format } = context.words;
  const rule = RULES.loss;
  if (earnsPerHour === undefined || costsPerHour === undefined) {
    return { text: t('reason.at_a_loss.unknown'), rule };
  }
  const { currency } = context.state.settings;
  const params = { earns: format.money(earnsPerHour, currency), costs: format.money(costsPerHour, currency) };
  return { text: ending('reason.at_a_loss', 'reason.at_a_loss.until', mayEndAt, context, params), rule };
};

const networkQuota: Describe<'network_quota'> = ({ usedBytes, quotaBytes, mayEndAt }, context) => {
  const { format } = context.words;
  const params = { used: format.bytes(usedBytes), quota: format.bytes(quotaBytes) };
  return {
    text: ending('reason.network_quota', 'reason.network_quota.until', mayEndAt, context, params),
    rule: RULES.quota,
  };
};

const memoryLow: Describe<'memory_low'> = ({ freeBytes, keepFreeBytes }, { words: { t, format } }) => {
  const keep = format.gigabytes(keepFreeBytes);
  const text =
    freeBytes === undefined
      ? t('reason.memory_low.unknown', { keep })
      : t('reason.memory_low', { free: format.gigabytes(freeBytes), keep });
  return { text, rule: RULES.freeMemory };
};

const says =
  (key: MessageKey, rule?: Rule) =>
  (_: unknown, { words }: Context): ReasonText => ({
    text: words.t(key),
    ...(rule === undefined ? {} : { rule }),
  });

/** One true sentence for each code, with the value that was seen and the threshold. A missing code does not compile. */
const DESCRIBE: { readonly [C in SuspendCode]: Describe<C> } = {
  consent_needed: says('reason.consent_needed'),
  shutting_down: says('reason.shutting_down'),
  update_pending: says('reason.update_pending', RULES.version),
  ledger_contradiction: says('reason.ledger_contradiction', RULES.ledger),
  paused_by_user: (reason, context) => {
    const key = `reason.paused_by_user.${reason.for}` as const;
    return { text: ending(key, `${key}.until`, reason.mayEndAt, context) };
  },
  going_to_sleep: says('reason.going_to_sleep', RULES.keepAwake),
  user_active: userActive,
  on_battery: onBattery,
  power_unknown: says('reason.power_unknown', RULES.battery),
  power_saver: says('reason.power_saver', RULES.powerSaver),
  too_hot: tooHot,
  heat_unknown: ({ mostPercent }, { words: { t, format } }) => ({
    text: t('reason.heat_unknown', { most: format.percent(mostPercent) }),
    rule: RULES.heat,
  }),
  cpu_slowed: ({ speedPercent, thresholdPercent }, { words: { t, format } }) => ({
    text: t('reason.cpu_slowed', {
      speed: format.percent(speedPercent),
      threshold: format.percent(thresholdPercent),
    }),
    rule: RULES.heat,
  }),
  others_busy: othersBusy,
  full_screen: says('reason.full_screen', RULES.fullScreen),
  presentation: says('reason.presentation', RULES.presentation),
  call: ({ device }, { words }) => ({ text: words.t(`reason.call.${device}`), rule: RULES.call }),
  exclusive_app: ({ app }, { words: { t } }) => ({
    text: app === undefined ? t('reason.exclusive_app.unknown') : t('reason.exclusive_app', { app }),
    rule: RULES.exclusive,
  }),
  off_schedule: ({ mayEndAt }, context) => ({
    text: ending('reason.off_schedule', 'reason.off_schedule.until', mayEndAt, context),
    rule: RULES.schedule,
  }),
  power_price: powerPrice,
  at_a_loss: atALoss,
  metered_network: ({ known }, { words }) => ({
    text: words.t(known ? 'reason.metered_network.known' : 'reason.metered_network.unknown'),
    rule: RULES.metered,
  }),
  network_quota: networkQuota,
  disk_low: ({ freeBytes, keepFreeBytes }, { words: { t, format } }) => ({
    text: t('reason.disk_low', {
      free: format.gigabytes(freeBytes),
      keep: format.gigabytes(keepFreeBytes),
    }),
    rule: RULES.disk,
  }),
  memory_low: memoryLow,
  settling: ({ mayEndAt }, { words: { t, format }, now }) => ({
    text:
      mayEndAt === undefined
        ? t('reason.settling')
        : t('reason.settling.until', { left: format.duration(Math.ceil((mayEndAt - now) / 1000)) }),
    rule: RULES.idle,
  }),
  limit_is_zero: (reason, { words }) => ({
    text: words.t(`reason.limit_is_zero.${reason.for}.${reason.profile}`),
    rule: LIMIT_RULES[reason.for][reason.profile],
  }),
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
