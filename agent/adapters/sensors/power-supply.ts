// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import type { Signals } from '../../../protocol/signals.ts';
import { lineOf, namesIn } from './sysfs.ts';

export type Power = Pick<Signals, 'onBattery' | 'batteryPercent'>;

interface Supply {
  readonly type: string;
  /** `1` when mains is plugged in */
  readonly online: string;
  /** `Device` for the battery of a mouse or a headset */
  readonly scope: string;
  readonly status: string;
  readonly capacity: string;
}

function suppliesIn(root: string): Supply[] {
  return namesIn(root).map((name) => {
    const read = (file: string): string => lineOf(join(root, name, file));
    return {
      type: read('type'),
      online: read('online'),
      scope: read('scope'),
      status: read('status'),
      capacity: read('capacity'),
    };
  });
}

/**
 * What Linux says of the power supply.
 * @param root `/sys/class/power_supply`, or a folder that stands for it. A computer without any battery is not
 *   on battery; a UPS counts as one.
 */
export function linuxPower(root: string): Power {
  const supplies = suppliesIn(root).filter((supply) => supply.scope !== 'Device');
  const batteries = supplies.filter(({ type }) => type === 'Battery' || type === 'UPS');
  if (batteries.length === 0) return { onBattery: false, batteryPercent: null };
  const levels = batteries.map(({ capacity }) => Number.parseInt(capacity, 10)).filter((level) => level >= 0);
  const batteryPercent = levels.length === 0 ? null : Math.min(100, Math.min(...levels));
  const mains = supplies.filter(({ type }) => type === 'Mains' || type.startsWith('USB'));
  if (mains.some(({ online }) => online === '1')) return { onBattery: false, batteryPercent };
  if (batteries.some(({ status }) => status === 'Discharging')) return { onBattery: true, batteryPercent };
  const quiet = batteries.every(({ status }) => ['Charging', 'Full', 'Not charging'].includes(status));
  if (quiet) return { onBattery: false, batteryPercent };
  return { onBattery: mains.some(({ online }) => online === '0') ? true : null, batteryPercent };
}
