// SPDX-License-Identifier: MIT
import type { AgentState } from '../../../protocol/agent-state.ts';
import type { PatchKey, Settings } from '../../../protocol/settings.ts';
import { t } from '../../text/page-words.ts';
import { settingHint } from '../../text/setting-text.ts';

type Hint = (settings: Settings, agent: AgentState) => string;

const threads =
  (key: 'awayCpuPercent' | 'inUseCpuPercent', profile: 'away' | 'in_use'): Hint =>
  (settings, agent) => {
    const percent = settings[key];
    if (percent === 0) return t(`limits.cpu.${profile}.none`);
    const share = Math.round(percent * agent.threads) / 100;
    return t('limits.cpu.threads', { share, count: agent.threads });
  };

/** Hints that say what a value comes to on this computer. */
const OWN: { readonly [K in PatchKey]?: Hint } = {
  awayCpuPercent: threads('awayCpuPercent', 'away'),
  inUseCpuPercent: threads('inUseCpuPercent', 'in_use'),
};

/** What a setting does, in one line. */
export const hintText = (key: PatchKey, settings: Settings, agent: AgentState): string =>
  OWN[key]?.(settings, agent) ?? t(settingHint(key));

/** Whether a setting does anything: a charge for the battery does not where it never runs on battery. */
export const isInForce = (key: PatchKey, settings: Settings): boolean =>
  key !== 'batteryAbovePercent' || settings.runOnBattery;
