// SPDX-License-Identifier: MIT
import type { MessageKey } from './translate.ts';

/** Where the rule behind a reason can be seen and changed. */
export interface Rule {
  readonly label: MessageKey;
  /** an address inside the page */
  readonly href: string;
}

/** Every rule that a sentence leads to, by the setting or the card where it stands. */
export const RULES = {
  idle: { label: 'rule.idle', href: '#/limits/idleMinutes' },
  battery: { label: 'rule.battery', href: '#/limits/runOnBattery' },
  batteryLevel: { label: 'rule.battery_level', href: '#/limits/batteryAbovePercent' },
  powerSaver: { label: 'rule.power_saver', href: '#/limits/runOnPowerSaver' },
  heat: { label: 'rule.heat', href: '#/limits/stopWhenHot' },
  keepAwake: { label: 'rule.keep_awake', href: '#/limits/keepAwake' },
  busy: { label: 'rule.busy', href: '#/limits/busyPercent' },
  fullScreen: { label: 'rule.full_screen', href: '#/limits/stopOnFullScreen' },
  presentation: { label: 'rule.presentation', href: '#/limits/stopOnPresentation' },
  call: { label: 'rule.call', href: '#/limits/stopOnCall' },
  exclusive: { label: 'rule.exclusive', href: '#/limits/exclusiveApps' },
  schedule: { label: 'rule.schedule', href: '#/limits/schedule' },
  price: { label: 'rule.price', href: '#/limits/mostPricePerKwh' },
  loss: { label: 'rule.loss', href: '#/limits/neverAtALoss' },
  metered: { label: 'rule.metered', href: '#/limits/runOnMetered' },
  quota: { label: 'rule.quota', href: '#/limits/networkGigabytesPerDay' },
  memory: { label: 'rule.memory', href: '#/limits/awayMemoryPercent' },
  freeMemory: { label: 'rule.free_memory', href: '#/limits/keepFreeMemoryGigabytes' },
  disk: { label: 'rule.disk', href: '#/limits/keepFreeGigabytes' },
  version: { label: 'rule.version', href: '#/settings/identity' },
  network: { label: 'rule.network', href: '#/settings/network' },
  ledger: { label: 'rule.ledger', href: '#/settings/ledger' },
} as const satisfies Record<string, Rule>;

export const LIMIT_RULES = {
  cpu: {
    away: { label: 'rule.away', href: '#/limits/awayCpuPercent' },
    in_use: { label: 'rule.in_use', href: '#/limits/inUseCpuPercent' },
  },
  gpu: {
    away: { label: 'rule.gpu_away', href: '#/limits/awayGpuPercent' },
    in_use: { label: 'rule.gpu_in_use', href: '#/limits/inUseGpuPercent' },
  },
} as const satisfies Record<'cpu' | 'gpu', Record<'away' | 'in_use', Rule>>;

export const NOTHING_TO_DO_RULE = {
  nothing_to_do: RULES.network,
  already_did_all: RULES.network,
  needs_more_memory: RULES.memory,
  needs_module_kind: RULES.network,
} as const;
