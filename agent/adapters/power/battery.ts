// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../../../protocol/clock.ts';
import type { EnergySource } from './energy-source.ts';

/** Gauges of batteries are a few percent off, and what they say is an average over the last second or minute. */
const ERROR_PERCENT = 15;

const textAt = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Each driver offers some of the files, and may answer ENODEV while the hardware changes.
    return '';
  }
};

/** A reading of sysfs in millionths; NaN when it is not there. Some drivers write a discharge as negative. */
const millionths = (folder: string, name: string): number => {
  const text = textAt(join(folder, name));
  return text === '' ? NaN : Math.abs(Number(text)) / 1e6;
};

/** What one battery gives away now, W; undefined when it does not say. */
function wattsOf(folder: string): number | undefined {
  const power = millionths(folder, 'power_now');
  const watts = Number.isNaN(power)
    ? millionths(folder, 'current_now') * millionths(folder, 'voltage_now')
    : power;
  return Number.isFinite(watts) && watts > 0 ? watts : undefined;
}

/**
 * What the batteries of this computer give away now, W; undefined while none does, as on mains: then they say nothing
 * about what the computer takes.
 * @param root `/sys/class/power_supply`, or a folder that stands for it
 */
export function linuxDischargeWatts(root: string): number | undefined {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    // A kernel without power supplies: another meter is asked.
    return undefined;
  }
  const batteries = names
    .map((name) => join(root, name))
    .filter((folder) => textAt(join(folder, 'type')) === 'Battery')
    .filter((folder) => textAt(join(folder, 'scope')) !== 'Device')
    .map((folder) => ({ status: textAt(join(folder, 'status')), watts: wattsOf(folder) }));
  if (batteries.some(({ status }) => status === 'Charging')) return undefined;
  const given = batteries.filter(({ status }) => status === 'Discharging').map(({ watts }) => watts);
  if (given.length === 0 || given.includes(undefined)) return undefined;
  return given.reduce<number>((sum, watts) => sum + (watts ?? 0), 0);
}

/**
 * Energy of the whole computer while it runs on battery.
 * @param dischargeWatts what its batteries give away now; undefined while they do not, or where it cannot be told
 */
export function batterySource(clock: Clock, dischargeWatts: () => number | undefined): EnergySource {
  let before: { readonly at: number; readonly watts: number } | undefined;
  return {
    errorPercent: ERROR_PERCENT,
    get counts() {
      return before !== undefined;
    },
    take: () => {
      const watts = dischargeWatts();
      const last = before;
      before = watts === undefined ? undefined : { at: clock.monotonic(), watts };
      if (last === undefined || before === undefined) return undefined;
      const seconds = (before.at - last.at) / 1000;
      return ((last.watts + before.watts) / 2) * seconds;
    },
  };
}
