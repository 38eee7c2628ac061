// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Look } from './rule.ts';

/** Below this speed the system holds the processor back, % of its full speed. */
const SLOWED_PERCENT = 70;
/** From this speed on it no longer does, %. */
const FAST_AGAIN_PERCENT = 80;
/** What is left of the limits while the computer is warm, %. */
const WARM_LEAVES_PERCENT = 50;
/** Most of all processor time while nothing tells how hot the computer is, %. */
export const HEAT_UNKNOWN_PERCENT = 50;

/*
 * The states are those of Apple's `ProcessInfo.ThermalState`, which Electron's `powerMonitor` passes on: at `fair` fans
 * may become audible, at `serious` the system slows down, at `critical` it asks everybody to stop. Sensors elsewhere
 * map temperatures and trip points to the same words.
 */

/** Hot: nothing runs. */
export function hot({ settings, signals: { thermal } }: Look): SuspendReason | undefined {
  if (!settings.stopWhenHot || (thermal !== 'serious' && thermal !== 'critical')) return undefined;
  return { code: 'too_hot', thermal, leaves: 0 };
}

/** Warm or hotter: half of the limits. */
export function warm({ settings, signals: { thermal } }: Look): SuspendReason | undefined {
  if (!settings.stopWhenHot || thermal === null || thermal === 'nominal') return undefined;
  return { code: 'too_hot', thermal, leaves: WARM_LEAVES_PERCENT };
}

/** Nothing tells how hot it is: a part of the processor is all that is dared. */
export function heatUnknown({ settings, signals }: Look): SuspendReason | undefined {
  if (!settings.stopWhenHot || signals.thermal !== null) return undefined;
  return { code: 'heat_unknown', mostPercent: HEAT_UNKNOWN_PERCENT };
}

/** The system slows the processor down, which also tells of heat. Where the speed is unknown it says nothing. */
export function cpuSlowed({ settings, signals }: Look, holds: boolean): SuspendReason | undefined {
  const { cpuSpeedPercent: speedPercent } = signals;
  const threshold = holds ? FAST_AGAIN_PERCENT : SLOWED_PERCENT;
  if (!settings.stopWhenHot || speedPercent === null || speedPercent >= threshold) return undefined;
  return { code: 'cpu_slowed', speedPercent, thresholdPercent: FAST_AGAIN_PERCENT };
}
