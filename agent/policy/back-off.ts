// SPDX-License-Identifier: MIT

/** How long to wait before the n-th try again: doubling, bounded, spread so that devices do not come together. */
export interface BackOff {
  /** ms before the first try again */
  readonly firstMs: number;
  /** the longest wait, ms */
  readonly mostMs: number;
}

export const NETWORK_BACK_OFF: BackOff = { firstMs: 250, mostMs: 30_000 };
export const FAULT_BACK_OFF: BackOff = { firstMs: 1000, mostMs: 60_000 };

/**
 * @param failures failures in a row, from 1
 * @param random a number from 0 up to 1
 * @returns ms to wait, between half of and the whole doubled time
 */
export function backOffMs(backOff: BackOff, failures: number, random: number): number {
  const whole = Math.min(backOff.mostMs, backOff.firstMs * 2 ** Math.min(failures - 1, 30));
  return whole * (0.5 + random / 2);
}
