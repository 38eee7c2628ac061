// SPDX-License-Identifier: MIT
import type { Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';

/** Why the power supply forbids to run; unknown power is taken for a battery. */
export function powerReason(settings: Settings, signals: Signals): SuspendReason | undefined {
  if (settings.runOnBattery || signals.onBattery === false) return undefined;
  if (signals.onBattery === null) return { code: 'power_unknown' };
  const percent = signals.batteryPercent;
  return percent === null ? { code: 'on_battery' } : { code: 'on_battery', percent };
}
