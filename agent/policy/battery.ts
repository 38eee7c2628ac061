// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Look } from './rule.ts';

/** How much more charge than the owner's threshold ends the rule again, in percentage points. */
const RECHARGED_POINTS = 3;

/**
 * Why the power supply forbids to run. Unknown power is taken for a battery, and an unknown charge for too little; a
 * computer that has no battery is known not to be on one.
 */
export function battery({ settings, signals }: Look, holds: boolean): SuspendReason | undefined {
  if (signals.onBattery === false) return undefined;
  const percent = signals.batteryPercent;
  const seen = percent === null ? {} : { percent };
  if (!settings.runOnBattery) {
    return signals.onBattery === null ? { code: 'power_unknown' } : { code: 'on_battery', ...seen };
  }
  const threshold = settings.batteryAbovePercent;
  const loose = Math.min(100, threshold + RECHARGED_POINTS);
  const low = percent === null ? threshold > 0 : percent <= threshold;
  if (!low && (!holds || percent === null || percent >= loose)) return undefined;
  if (signals.onBattery === null) return { code: 'power_unknown' };
  return { code: 'on_battery', ...seen, abovePercent: low ? threshold : loose };
}

/** The owner asked the system to save power. Where that is unknown it counts only without mains power. */
export function powerSaver({ settings, signals }: Look): SuspendReason | undefined {
  const { powerSaver: asked, onBattery } = signals;
  const saves = asked ?? onBattery !== false;
  return saves && !settings.runOnPowerSaver ? { code: 'power_saver' } : undefined;
}
