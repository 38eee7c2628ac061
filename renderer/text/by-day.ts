// SPDX-License-Identifier: MIT
import { format } from './page-words.ts';

/** What happened, under the day on which it did, in the order in which it came. */
export function byDay<T extends { readonly at: number }>(items: readonly T[], now: number): [string, T[]][] {
  const days = new Map<string, T[]>();
  for (const item of items) {
    const day = format.day(item.at, now);
    const list = days.get(day);
    if (list === undefined) days.set(day, [item]);
    else list.push(item);
  }
  return [...days];
}
