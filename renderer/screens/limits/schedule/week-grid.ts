// SPDX-License-Identifier: MIT

/** A week as the settings have it: for each day from Monday, one digit per hour, `1` where work may run. */
export type Week = readonly string[];

export const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
export const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** An hour of the week; `day` 0 is Monday. */
export interface Cell {
  readonly day: number;
  readonly hour: number;
}

export const isOn = (week: Week, { day, hour }: Cell): boolean => week[day]?.[hour] === '1';

const between = (value: number, a: number, b: number): boolean =>
  value >= Math.min(a, b) && value <= Math.max(a, b);

const mapCells = (week: Week, change: (cell: Cell, on: boolean) => boolean): string[] =>
  week.map((hours, day) =>
    [...hours].map((digit, hour) => (change({ day, hour }, digit === '1') ? '1' : '0')).join(''),
  );

/** Everything between two corners switched to the same. */
export const paint = (week: Week, from: Cell, to: Cell, on: boolean): string[] =>
  mapCells(week, ({ day, hour }, was) =>
    between(day, from.day, to.day) && between(hour, from.hour, to.hour) ? on : was,
  );

/** Switches a day, an hour of every day, or the whole week: on, unless all of it is on already. */
export function toggle(week: Week, { day, hour }: Partial<Cell>): string[] {
  const from = { day: day ?? 0, hour: hour ?? 0 };
  const to = { day: day ?? DAYS.length - 1, hour: hour ?? HOURS.length - 1 };
  const isAllOn = paint(week, from, to, true).every((hours, index) => hours === week[index]);
  return paint(week, from, to, !isAllOn);
}

const weekOf = (runs: (day: number, hour: number) => boolean): string[] =>
  DAYS.map((day) => HOURS.map((hour) => (runs(day, hour) ? '1' : '0')).join(''));

const WEEKEND = 5;

/** Weeks that many people want. */
export const FILLS = {
  always: weekOf(() => true),
  nights: weekOf((_, hour) => hour < 8 || hour >= 22),
  free_time: weekOf((day, hour) => day >= WEEKEND || hour < 8 || hour >= 18),
  never: weekOf(() => false),
} as const;
export type Fill = keyof typeof FILLS;
export const FILL_NAMES = Object.keys(FILLS) as Fill[];
