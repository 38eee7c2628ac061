// SPDX-License-Identifier: MIT

/** Steps a person would choose from; each list lies within its setting's range. */
export const IDLE_MINUTES = [1, 2, 3, 4, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240];
export const DISK_GIGABYTES = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
export const KEEP_FREE_GIGABYTES = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** The steps with the value that is really set among them, so that what is shown is always true. */
export function stepsWith(steps: readonly number[], value: number): number[] {
  return steps.includes(value) ? [...steps] : [...steps, value].sort((a, b) => a - b);
}
