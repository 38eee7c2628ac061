// SPDX-License-Identifier: MIT
import type { LocalTime } from '../ports.ts';

/** The time zone of this process. */
export const localTime: LocalTime = {
  startOfDay(at) {
    const day = new Date(at);
    return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  },
  nextHour(at, hour) {
    const day = new Date(at);
    const hourOf = (daysAhead: number): number =>
      new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysAhead, hour).getTime();
    const today = hourOf(0);
    return today > at ? today : hourOf(1);
  },
  weekday: (at) => new Date(at).getDay() || 7,
  minuteOfDay(at) {
    const time = new Date(at);
    return time.getHours() * 60 + time.getMinutes();
  },
};
