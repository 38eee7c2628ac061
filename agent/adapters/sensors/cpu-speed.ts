// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import type { Clock } from '../../../protocol/clock.ts';
import { entriesOf, numberOf } from './sysfs.ts';

/**
 * What the processor may run at now, % of its full speed: the highest frequency that the system allows against the highest
 * that the processor has, and less where its own protection against heat steps in.
 * @param sys `/sys`, or a folder that stands for it
 * @returns reads it; null where neither is told
 */
export function cpuSpeedOf(sys: string, clock: Clock): () => number | null {
  const cpus = join(sys, 'devices/system/cpu');
  const throttled = throttledShare(join(cpus, 'cpu0/thermal_throttle/package_throttle_total_time_ms'), clock);
  return () => {
    const share = throttled();
    const allowed = allowedPercent(join(cpus, 'cpufreq'));
    if (allowed === undefined && share === undefined) return null;
    return Math.round(Math.min(100, allowed ?? 100) * (1 - (share ?? 0)));
  };
}

function allowedPercent(folder: string): number | undefined {
  const shares = entriesOf(folder)
    .filter((name) => /^policy\d+$/.test(name))
    .flatMap((policy) => {
      const all = numberOf(join(folder, policy, 'cpuinfo_max_freq')) ?? 0;
      const most = numberOf(join(folder, policy, 'scaling_max_freq'));
      const bios = numberOf(join(folder, policy, 'bios_limit')) ?? Infinity;
      return all > 0 && most !== undefined ? [Math.min(most, bios) / all] : [];
    });
  if (shares.length === 0) return undefined;
  return (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
}

/** How much of the time since the last look the processor was slowed for heat, 0 to 1; Intel's tell. */
function throttledShare(path: string, clock: Clock): () => number | undefined {
  let last: { readonly ms: number; readonly at: number } | undefined;
  return () => {
    const ms = numberOf(path);
    if (ms === undefined) return undefined;
    const at = clock.monotonic();
    const share = last === undefined || at <= last.at ? 0 : (ms - last.ms) / (at - last.at);
    last = { ms, at };
    return Math.min(1, Math.max(0, share));
  };
}
