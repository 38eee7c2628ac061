// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { countedEnergy } from '../../policy/energy.ts';
import type { EnergySource } from './energy-source.ts';

/**
 * The processor's own counter is a few percent off from what a meter at the socket of the processor says (Khan et al.:
 * RAPL in Action, ACM TOMPECS 3(2), 2018).
 */
const ERROR_PERCENT = 5;

interface Zone {
  readonly counter: string;
  /** where the counter begins again, µJ */
  readonly range: number;
}

const numberAt = (path: string): number => {
  const text = readFileSync(path, 'utf8').trim();
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw new Error(`${path} holds no number`);
  return value;
};

/**
 * The packages of Intel's and AMD's processors. Their parts (core, uncore) are in them already; memory and the whole
 * platform (dram, psys) are not the processor's.
 */
function zonesIn(root: string): readonly Zone[] {
  try {
    return readdirSync(root)
      .map((name) => join(root, name))
      .flatMap((zone) => {
        try {
          if (!/^package-\d+(?:-die-\d+)?$/.test(readFileSync(join(zone, 'name'), 'utf8').trim())) return [];
          return [{ counter: join(zone, 'energy_uj'), range: numberAt(join(zone, 'max_energy_range_uj')) }];
        } catch {
          // Not a counter of this processor, or not for this user.
          return [];
        }
      });
  } catch {
    // Neither such a processor nor such a kernel.
    return [];
  }
}

/**
 * Energy that the processor counts (RAPL). Since 2020 most systems let only root read it, as it tells too much about what
 * others compute: it then never says anything, and is not asked again.
 * @param root `/sys/class/powercap`, or a folder that stands for it
 */
export function raplSource(root: string): EnergySource {
  const zones = zonesIn(root);
  let before: readonly number[] | undefined;
  let forbidden = zones.length === 0;
  return {
    errorPercent: ERROR_PERCENT,
    get counts() {
      return !forbidden;
    },
    take: () => {
      if (forbidden) return undefined;
      try {
        const now = zones.map(({ counter }) => numberAt(counter));
        const last = before;
        before = now;
        if (last === undefined) return undefined;
        const taken = zones.map(({ range }, i) => countedEnergy(last[i] ?? 0, now[i] ?? 0, range));
        return taken.reduce((sum, energy) => sum + energy, 0) / 1e6;
      } catch {
        // Only the administrator may read it on many systems; asking again would not change that.
        forbidden = true;
        return undefined;
      }
    },
  };
}
