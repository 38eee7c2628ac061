// SPDX-License-Identifier: MIT
// Magnitudes are counted in bins of 0.1; a bin is named by its magnitude times ten.

export const LOWEST: i32 = -50;
export const BINS: i32 = 200;

/** One estimate of the Gutenberg-Richter law log10 N(M) = a - b M. */
export let completeness: i32 = 0;
export let above: i32 = 0;
export let bValue: f64 = 0;

/**
 * Magnitude of completeness by maximum curvature (the fullest bin, the lowest one where several are), plus a
 * correction (Woessner and Wiemer 2005); then b by maximum likelihood (Aki 1965) with half a bin subtracted
 * (Utsu 1966).
 */
export function estimate(histogram: StaticArray<i32>, correction: i32): void {
  let fullest = 0;
  for (let bin = 1; bin < BINS; bin++) {
    if (unchecked(histogram[bin]) > unchecked(histogram[fullest])) fullest = bin;
  }
  const first = fullest + correction;
  let events = 0;
  let sum = 0;
  for (let bin = first; bin < BINS; bin++) {
    const count = histogram[bin];
    events += count;
    sum += count * (bin + LOWEST);
  }
  completeness = first + LOWEST;
  above = events;
  const mean = <f64>sum / <f64>events / 10;
  bValue = Math.LOG10E / (mean - (<f64>completeness / 10 - 0.05));
}
