// SPDX-License-Identifier: MIT
import { call, fullScreen, presentation } from './attention.ts';
import { battery, powerSaver } from './battery.ts';
import { diskLow } from './disk.ts';
import { atALoss, powerPrice } from './electricity.ts';
import { cpuSlowed, HEAT_UNKNOWN_PERCENT, heatUnknown, hot, warm } from './heat.ts';
import { memoryLow } from './memory.ts';
import { metered, quota } from './network-limits.ts';
import { userActive } from './presence.ts';
import { exclusiveApp, othersBusy } from './programs.ts';
import { type Effect, type Look, type Rule, SETTLE_MS } from './rule.ts';
import { offSchedule } from './schedule.ts';

/** What jumps from one second to the next must last this long, ms; a program that just starts stops nothing. */
const STEADY_MS = 10_000;
/** A processor that was hot needs longer than that to be cool, ms; fans would hunt. */
const COOL_MS = 120_000;
/** Memory that was short is not taken again soon, for work itself may be what fills it, ms. */
const MEMORY_MS = 300_000;

const STOPS: Effect = { leaves: 0 };
const PERSON = { yieldsToEarnNow: true };

/** Stops everything at once, until SETTLE_MS after its end, whatever the owner says. */
const rule = (read: Rule['read'], changes: Partial<Rule> = {}): Rule => ({
  effect: STOPS,
  graceMs: 0,
  coolMs: SETTLE_MS,
  coolsFrom: 'end',
  yieldsToEarnNow: false,
  ...changes,
  read,
});

const goingToSleep = ({ signals }: Look): ReturnType<Rule['read']> =>
  signals.goingToSleep === true ? { code: 'going_to_sleep' } : undefined;

/**
 * Every automatic rule, the most important first: what protects the computer, what protects the owner's money, what the
 * owner has planned, what the owner is doing. Rules with a timetable, and presence, which has a waiting time of its own,
 * cool down from their beginning: they let go at their moment, but not within SETTLE_MS of having stopped something.
 */
export const RULES = {
  going_to_sleep: rule(goingToSleep),
  battery: rule(battery),
  power_saver: rule(powerSaver),
  hot: rule(hot, { coolMs: COOL_MS }),
  cpu_slowed: rule(cpuSlowed, { graceMs: STEADY_MS, coolMs: COOL_MS }),
  memory_low: rule(memoryLow, { coolMs: MEMORY_MS, effect: { ...STOPS, freesMemory: true } }),
  disk_low: rule(diskLow, { effect: { ...STOPS, noFetch: true } }),
  power_price: rule(powerPrice, { coolsFrom: 'begin' }),
  at_a_loss: rule(atALoss, { graceMs: STEADY_MS }),
  off_schedule: rule(offSchedule, { coolsFrom: 'begin', ...PERSON }),
  exclusive_app: rule(exclusiveApp),
  call: rule(call, PERSON),
  presentation: rule(presentation, PERSON),
  full_screen: rule(fullScreen, PERSON),
  user_active: rule(userActive, { coolsFrom: 'begin', effect: { inUse: true }, ...PERSON }),
  others_busy: rule(othersBusy, { graceMs: STEADY_MS, ...PERSON }),
  warm: rule(warm, { coolMs: COOL_MS, effect: { leaves: 0.5 } }),
  heat_unknown: rule(heatUnknown, { effect: { mostCpuPercent: HEAT_UNKNOWN_PERCENT } }),
  metered_network: rule(metered, { effect: { noFetch: true } }),
  network_quota: rule(quota, { coolsFrom: 'begin', effect: { noFetch: true } }),
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;
