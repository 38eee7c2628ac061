// SPDX-License-Identifier: MIT
import type { Words } from './words.ts';

const HOURS = 24;
const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** Hours in a row, from the beginning of the first to the end of the last. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function rangesOf(day: string): Range[] {
  const ranges: Range[] = [];
  for (const { index, 0: run } of day.matchAll(/1+/g)) ranges.push({ from: index, to: index + run.length });
  return ranges;
}

/** Where every day is the same, what ends at midnight goes on with what begins there. */
function acrossMidnight(ranges: readonly Range[]): Range[] {
  const first = ranges[0];
  const last = ranges.at(-1);
  if (first === undefined || last === undefined || first === last) return [...ranges];
  if (first.from !== 0 || last.to !== HOURS) return [...ranges];
  return [...ranges.slice(1, -1), { from: last.from, to: first.to }];
}

/** Days in a row with the same hours. */
function groupsOf(week: readonly string[]): { days: number[]; hours: string }[] {
  const groups: { days: number[]; hours: string }[] = [];
  for (const day of DAYS) {
    const hours = week[day - 1] ?? '';
    const last = groups.at(-1);
    if (last?.hours === hours) last.days.push(day);
    else groups.push({ days: [day], hours });
  }
  return groups;
}

function daysText(days: readonly number[], { t, format }: Words): string {
  const [first = 1] = days;
  const last = days.at(-1) ?? first;
  if (days.length === DAYS.length) return t('schedule.every_day');
  if (days.length > 2)
    return t('schedule.days', { first: format.weekday(first), last: format.weekday(last) });
  return format.list(days.map((day) => format.weekday(day)));
}

/** A week grid in a sentence: "Monday to Friday 00:00–08:00 and 18:00–00:00; Saturday and Sunday all day." */
export function scheduleText(week: readonly string[], words: Words): string {
  const { t, format } = words;
  if (week.every((day) => !day.includes('0'))) return t('schedule.always');
  if (week.every((day) => !day.includes('1'))) return t('schedule.never');
  const groups = groupsOf(week);
  const parts = groups.map(({ days, hours }) => {
    const names = daysText(days, words);
    if (!hours.includes('0')) return t('schedule.all_day', { days: names });
    if (!hours.includes('1')) return t('schedule.no_hour', { days: names });
    const ranges = groups.length === 1 ? acrossMidnight(rangesOf(hours)) : rangesOf(hours);
    const texts = ranges.map(({ from, to }) =>
      t('schedule.range', { from: format.hour(from), to: format.hour(to) }),
    );
    return t('schedule.hours', { days: names, hours: format.list(texts) });
  });
  return t('schedule.sentence', { parts: parts.join('; ') });
}
