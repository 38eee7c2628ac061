// SPDX-License-Identifier: MIT

interface CpuCap {
  /** how many tasks may run at a time */
  readonly slots: number;
  /** share of wall time that each of them may compute, 0 to 100 %, 0 without slots */
  readonly dutyPercent: number;
}

/**
 * Spreads a share of all processor time over as few slots as can hold it, so that `slots × dutyPercent` is
 * exactly `threads × percent`, or less where that would take more than `mostSlots`.
 * @param threads logical processors
 * @param percent share of all of them, 0 to 100
 * @param mostSlots 1 or more; null: as many as it takes
 */
export function cpuCapOf(threads: number, percent: number, mostSlots: number | null = null): CpuCap {
  const needed = Math.ceil((threads * percent) / 100);
  const slots = Math.min(needed, mostSlots ?? needed);
  return slots === 0
    ? { slots: 0, dutyPercent: 0 }
    : { slots, dutyPercent: Math.min(100, (threads * percent) / slots) };
}
