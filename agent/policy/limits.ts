// SPDX-License-Identifier: MIT
import type { RunDecision } from '../../protocol/agent-state.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { Limiting } from './hysteresis.ts';
import type { Effect } from './rule.ts';

export type Profile = RunDecision['profile'];

/** How much may be used. */
interface ProfileLimits {
  /** share of all processor time, 0 to 100 % */
  readonly cpuPercent: number;
  /** most tasks at a time, 1 or more; null: as many as the share needs */
  readonly threads: number | null;
  /** share of the time of the graphics processor, 0 to 100 % */
  readonly gpuPercent: number;
  /** share of all memory, 1 to 90 % */
  readonly memoryPercent: number;
}

/** What the rules leave of the owner's limits. */
export interface Limits extends ProfileLimits {
  readonly profile: Profile;
  /** the owner's own limits, before the rules took their part */
  readonly owner: ProfileLimits;
  readonly keepsMemory: boolean;
  readonly mayFetch: boolean;
}

/** An effect that counts now. */
interface Acting {
  readonly effect: Effect;
  /** its rule cools down, or began less than a cool-down ago */
  readonly settles: boolean;
}

/** The effects of rules that limit. @param now ms since the epoch; Infinity: once nothing settles any more */
export const acting = (limiting: readonly Limiting[], now: number): Acting[] =>
  limiting.map(({ rule, coolsUntil }) => ({ effect: rule.effect, settles: coolsUntil > now }));

const away = (settings: Settings): ProfileLimits => ({
  cpuPercent: settings.awayCpuPercent,
  threads: settings.awayThreads,
  gpuPercent: settings.awayGpuPercent,
  memoryPercent: settings.awayMemoryPercent,
});

const inUse = (settings: Settings): ProfileLimits => ({
  cpuPercent: settings.inUseCpuPercent,
  threads: settings.inUseThreads,
  gpuPercent: settings.inUseGpuPercent,
  memoryPercent: settings.inUseMemoryPercent,
});

const stricter = (one: ProfileLimits, other: ProfileLimits): ProfileLimits => ({
  cpuPercent: Math.min(one.cpuPercent, other.cpuPercent),
  threads:
    one.threads === null || other.threads === null
      ? (one.threads ?? other.threads)
      : Math.min(one.threads, other.threads),
  gpuPercent: Math.min(one.gpuPercent, other.gpuPercent),
  memoryPercent: Math.min(one.memoryPercent, other.memoryPercent),
});

/**
 * What is left under these effects. Of several the strictest counts in each line. For as long as presence settles
 * both profiles' limits hold, so that nobody's coming and going can start anything in a hurry, even where the owner
 * allows more in use than away.
 */
export function limitsUnder(settings: Settings, effects: readonly Acting[]): Limits {
  const presence = effects.find(({ effect }) => effect.inUse);
  let owner = presence === undefined ? away(settings) : inUse(settings);
  if (presence?.settles) owner = stricter(owner, away(settings));
  let leaves = 1;
  let mostCpuPercent = 100;
  for (const { effect } of effects) {
    leaves = Math.min(leaves, effect.leaves ?? 1);
    mostCpuPercent = Math.min(mostCpuPercent, effect.mostCpuPercent ?? 100);
  }
  return {
    ...owner,
    cpuPercent: Math.min(owner.cpuPercent * leaves, mostCpuPercent),
    gpuPercent: owner.gpuPercent * leaves,
    profile: presence === undefined ? 'away' : 'in_use',
    owner,
    keepsMemory: !effects.some(({ effect }) => effect.freesMemory),
    mayFetch: !effects.some(({ effect }) => effect.noFetch),
  };
}
