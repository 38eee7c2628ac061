// SPDX-License-Identifier: MIT

/** Something that counts energy by itself. */
export interface EnergySource {
  /** What was taken since the last call, J; undefined: it cannot say (yet, or here). Never throws. */
  take(): number | undefined;
  /** Whether the next call can say something, as far as the last one showed. */
  readonly counts: boolean;
  /** of a measurement, % either way */
  readonly errorPercent: number;
}
