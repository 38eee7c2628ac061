// SPDX-License-Identifier: MIT

export interface CpuCap {
  /** how many tasks may run at a time */
  readonly slots: number;
  /** share of wall time that each of them may compute, %, 0 without slots */
  readonly dutyPercent: number;
}

/**
 * Spreads a share of all processor time over as few slots as can hold it, so that `slots × dutyPercent` is
 * exactly `threads × percent`.
 * @param threads logical processors
 * @param percent share of all of them, 0 to 100
 */
export function cpuCapOf(threads: number, percent: number): CpuCap {
  const slots = Math.ceil((threads * percent) / 100);
  return slots === 0 ? { slots: 0, dutyPercent: 0 } : { slots, dutyPercent: (threads * percent) / slots };
}
