// SPDX-License-Identifier: MIT
import type { AgentState, Energy } from '../../protocol/agent-state.ts';
import type { Words } from './words.ts';

type Sum = Energy['today'];

/** What work took over some time, as people read it; what cannot be said is absent. */
export interface EnergySumText {
  readonly used: string;
  readonly co2: string;
  readonly cost: string | undefined;
  readonly net: string | undefined;
}

/** Practice credits are never money, so that nothing can remain of them. */
export function describeEnergySum(
  sum: Sum,
  { settings, network }: AgentState,
  { format }: Words,
): EnergySumText {
  const money = (value: number | null): string | undefined =>
    value === null ? undefined : format.money(value, settings.currency);
  return {
    used: format.wattHours(sum.wattHours),
    co2: format.grams(sum.co2Grams),
    cost: money(sum.cost),
    net: network.practice ? undefined : money(sum.net),
  };
}

/** How it is known what work draws, and how far off that may be. */
export const describeMethod = ({ method, errorPercent }: Energy, { t, format }: Words): string =>
  t(`energy.method.${method}`, { error: format.percent(errorPercent) });

/** Today's electricity in one line, with what is known of its cost. */
export function energyToday(state: AgentState, words: Words): string {
  const { used, cost, net } = describeEnergySum(state.energy.today, state, words);
  if (cost === undefined) return words.t('energy.home', { used });
  if (net === undefined) return words.t('energy.home.cost', { used, cost });
  return words.t('energy.home.net', { used, cost, net });
}
