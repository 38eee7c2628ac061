// SPDX-License-Identifier: MIT
import { join } from 'node:path';

import type { ThermalState } from '../../../protocol/signals.ts';
import { entriesOf, lineOf, numberOf } from './sysfs.ts';

/** A temperature beyond these is a sensor that is broken or not there, m°C. */
const SENSIBLE = { least: 1000, most: 150_000 };
/** How far below the first limit it is called warm, and how far below the last one too hot, m°C. */
const WARM_BELOW = 10_000;
const HOT_BELOW = 5000;
/** Drivers of processors; the rest (disks, radios, batteries) have limits of their own that work does not move. */
const PROCESSORS = /^(coretemp|k10temp|zenpower|cpu_thermal|cpu-thermal|soc_thermal|scpi_sensors|acpitz)$/;
/** What AMD's processors endure; their driver gives no limit. */
const AMD_LIMIT = 95_000;

/** One sensor and the temperatures at which the system slows down (`hot`) and switches off (`critical`), m°C. */
interface Probe {
  readonly temperature: string;
  readonly hot: number | undefined;
  readonly critical: number | undefined;
}

const sensible = (value: number | undefined): number | undefined =>
  value !== undefined && value >= SENSIBLE.least && value <= SENSIBLE.most ? value : undefined;

const least = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

function zonesIn(folder: string): Probe[] {
  const zones = entriesOf(folder).filter((name) => name.startsWith('thermal_zone'));
  return zones.map((zone) => {
    const points = entriesOf(join(folder, zone)).flatMap((name) => {
      const point = /^(trip_point_\d+)_type$/.exec(name)?.[1];
      if (point === undefined) return [];
      const at = sensible(numberOf(join(folder, zone, `${point}_temp`)));
      return [{ type: lineOf(join(folder, zone, name)), at }];
    });
    const of = (...types: string[]): number | undefined =>
      least(points.filter(({ type }) => types.includes(type)).map(({ at }) => at));
    return { temperature: join(folder, zone, 'temp'), hot: of('passive'), critical: of('hot', 'critical') };
  });
}

function monitorsIn(folder: string): Probe[] {
  return entriesOf(folder).flatMap((monitor) => {
    const driver = lineOf(join(folder, monitor, 'name'));
    if (!PROCESSORS.test(driver)) return [];
    return entriesOf(join(folder, monitor)).flatMap((name) => {
      const probe = /^(temp\d+)_input$/.exec(name)?.[1];
      if (probe === undefined) return [];
      const limit = (which: string): number | undefined =>
        sensible(numberOf(join(folder, monitor, `${probe}_${which}`)));
      const critical =
        limit('crit') ?? (driver === 'k10temp' || driver === 'zenpower' ? AMD_LIMIT : undefined);
      const hot = limit('max');
      // Some say the same for both, or a limit beyond the last one: that is no warning.
      const warns = hot !== undefined && (critical === undefined || hot < critical);
      return [{ temperature: join(folder, monitor, name), hot: warns ? hot : undefined, critical }];
    });
  });
}

const STATES: readonly ThermalState[] = ['nominal', 'fair', 'serious', 'critical'];

function rank(temperature: number, { hot, critical }: Probe): number {
  if (critical !== undefined && temperature >= critical) return 3;
  const serious = hot ?? (critical === undefined ? Infinity : critical - HOT_BELOW);
  if (temperature >= serious) return 2;
  return temperature >= serious - WARM_BELOW ? 1 : 0;
}

/**
 * How hot the computer is: the worst of its thermal zones and of the sensors in its processors, each measured against its
 * own limits. Which sensors there are is found out once.
 * @param sys `/sys`, or a folder that stands for it
 * @returns reads it; null where no sensor has a limit to be measured against
 */
export function heatOf(sys: string): () => ThermalState | null {
  let probes: readonly Probe[] | undefined;
  return () => {
    probes ??= [...zonesIn(join(sys, 'class/thermal')), ...monitorsIn(join(sys, 'class/hwmon'))].filter(
      ({ hot, critical }) => hot !== undefined || critical !== undefined,
    );
    const ranks = probes.flatMap((probe) => {
      const temperature = sensible(numberOf(probe.temperature));
      return temperature === undefined ? [] : [rank(temperature, probe)];
    });
    // Nothing to read now may be a driver that comes later.
    if (ranks.length === 0) probes = undefined;
    return ranks.length === 0 ? null : (STATES[Math.max(...ranks)] ?? null);
  };
}
