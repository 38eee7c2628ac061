// SPDX-License-Identifier: MIT

/** Energy that something took between the last look and this one. */
export interface MeasuredEnergy {
  readonly joules: number;
  /** of the measurement itself, % either way */
  readonly errorPercent: number;
}

/** Something that counts energy by itself. */
export interface EnergySource {
  /** Since the last call; undefined: it cannot say (yet, or here). Never throws. */
  take(): MeasuredEnergy | undefined;
}
