// SPDX-License-Identifier: MIT
import type { TariffWindow } from '../../protocol/settings.ts';
import type { LocalTime } from '../ports.ts';

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
/** A week, and a day more for windows that reach over midnight. */
const AHEAD_MS = 8 * 24 * 60 * MINUTE_MS;

const minutesOf = (timeOfDay: string): number =>
  Number(timeOfDay.slice(0, 2)) * HOUR_MINUTES + Number(timeOfDay.slice(3));

/** Whether the week grid lets work run at this moment: one digit per local hour, from Monday. */
export function inGrid(grid: readonly string[], localTime: LocalTime, at: number): boolean {
  const day = grid[localTime.weekday(at) - 1];
  return day?.[Math.floor(localTime.minuteOfDay(at) / HOUR_MINUTES)] === '1';
}

/** Whether the local clock is within the window; `to` at or before `from` reaches into the next day. */
export function inWindow({ days, from, to }: TariffWindow, localTime: LocalTime, at: number): boolean {
  const minute = localTime.minuteOfDay(at);
  const today = localTime.weekday(at);
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  if (begins < ends) return days.includes(today) && begins <= minute && minute < ends;
  const yesterday = today === 1 ? 7 : today - 1;
  return (days.includes(today) && minute >= begins) || (days.includes(yesterday) && minute < ends);
}

/** At which minutes of a day the windows begin and end. */
export const edgesOf = (windows: readonly TariffWindow[]): number[] =>
  windows.flatMap(({ from, to }) => [minutesOf(from), minutesOf(to)]);

/**
 * The first moment after `at` at which something is so that can only change on whole local hours and at these minutes
 * of the day; undefined: not within a week. It walks from one such moment to the next by what the local clock shows
 * there: clocks are put forward and back on whole hours too, so the missing hour and the one that comes twice are right.
 */
export function nextMoment(
  at: number,
  localTime: LocalTime,
  minutes: readonly number[],
  isSo: (at: number) => boolean,
): number | undefined {
  for (let moment = at; moment < at + AHEAD_MS;) {
    const minute = localTime.minuteOfDay(moment);
    const wholeHour = (Math.floor(minute / HOUR_MINUTES) + 1) * HOUR_MINUTES;
    const next = Math.min(wholeHour, ...minutes.filter((one) => one > minute));
    moment += (next - minute) * MINUTE_MS - (moment % MINUTE_MS);
    if (isSo(moment)) return moment;
  }
  return undefined;
}
