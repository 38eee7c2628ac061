// SPDX-License-Identifier: MIT
import type { LocalTime } from './ports.ts';

const DAY_MS = 86_400_000;

/**
 * The local midnight that a span of whole days begins with, the present one being the last.
 * @param days how many, from 1: today
 */
export function daysFrom(localTime: LocalTime, now: number, days: number): number {
  // From the middle of the day a day that is an hour shorter or longer makes no difference.
  const noon = localTime.startOfDay(now) + DAY_MS / 2;
  return localTime.startOfDay(noon - (days - 1) * DAY_MS);
}
