// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Look } from './rule.ts';

/** How much less than the owner’s threshold ends the rule again, in percentage points; half of a small one will do. */
const QUIET_AGAIN_POINTS = 10;

/** A program as it is compared: `C:\Games\Doom.exe`, `/usr/games/doom` and `Doom` are one. */
const bare = (name: string): string =>
  name
    .trim()
    .replace(/^.*[/\\]/, '')
    .replace(/\.(?:exe|app)$/i, '')
    .toLowerCase();

/** A program runs that the owner wants to have the computer for itself; unknown programs count as one. */
export function exclusiveApp({ settings, facts }: Look): SuspendReason | undefined {
  if (settings.exclusiveApps.length === 0) return undefined;
  if (facts.programs === null || facts.programs === undefined) return { code: 'exclusive_app' };
  const running = new Set(facts.programs.map(bare));
  const app = settings.exclusiveApps.find((name) => running.has(bare(name)));
  return app === undefined ? undefined : { code: 'exclusive_app', app };
}

/** Other programs need the processor; an unknown load is taken for a busy computer. */
export function othersBusy({ settings, signals }: Look, holds: boolean): SuspendReason | undefined {
  const { busyPercent } = settings;
  const { othersCpuPercent: percent } = signals;
  if (busyPercent === 100) return undefined;
  if (percent === null) return { code: 'others_busy', thresholdPercent: busyPercent };
  if (percent > busyPercent) return { code: 'others_busy', percent, thresholdPercent: busyPercent };
  const loose = Math.max(busyPercent - QUIET_AGAIN_POINTS, busyPercent / 2);
  return holds && percent > loose ? { code: 'others_busy', percent, thresholdPercent: loose } : undefined;
}
