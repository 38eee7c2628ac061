// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { localTime } from '../../../../agent/adapters/local-time.ts';
import { edgesOf, inGrid, inWindow, nextMoment } from '../../../../agent/policy/calendar.ts';
import type { TariffWindow } from '../../../../protocol/settings.ts';
import { lastOf, NOW, reasons } from '../../../support/policy-look.ts';

const zone = process.env['TZ'];

/** Germany puts its clocks from 2:00 to 3:00 on 2026-03-29, and from 3:00 to 2:00 on 2026-10-25. */
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});

afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const at = (text: string): number => Date.parse(text);
const OFF = '0'.repeat(24);
/** A week in which only these hours of these days (1: Monday) may run. */
const week = (...hours: readonly [day: number, hour: number][]): string[] =>
  Array.from({ length: 7 }, (_, index) =>
    [...OFF]
      .map((off, hour) => (hours.some((one) => one[0] === index + 1 && one[1] === hour) ? '1' : off))
      .join(''),
  );
const window = (days: number[], from: string, to: string, pricePerKwh = 0): TariffWindow => ({
  days,
  from,
  to,
  pricePerKwh,
});
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

describe('the local clock', () => {
  it('knows the day of the week from Monday to Sunday, and the minute', () => {
    expect(localTime.weekday(at('2026-11-23T00:00+01:00'))).toBe(1);
    expect(localTime.weekday(at('2026-11-22T23:59+01:00'))).toBe(7);
    expect(localTime.minuteOfDay(at('2026-11-22T23:59:59+01:00'))).toBe(1439);
    expect(localTime.minuteOfDay(at('2026-07-01T00:00+02:00'))).toBe(0);
  });
});

describe('the week grid', () => {
  const grid = week([7, 23], [1, 0]);

  it.each([
    ['2026-11-22T22:59:59+01:00', false],
    ['2026-11-22T23:00+01:00', true],
    ['2026-11-23T00:59+01:00', true],
    ['2026-11-23T01:00+01:00', false],
  ])('goes by the local hour: %s', (moment, may) => {
    expect(inGrid(grid, localTime, at(moment))).toBe(may);
  });

  it('says when its next hour begins', () => {
    const schedule = week([1, 9], [5, 17]);
    const next = (now: string) => reasons({ settings: { schedule }, now: at(now) })[0];
    expect(next('2026-11-23T08:12:34+01:00')).toEqual({
      code: 'off_schedule',
      mayEndAt: at('2026-11-23T09:00+01:00'),
    });
    expect(next('2026-11-23T10:00+01:00')).toMatchObject({ mayEndAt: at('2026-11-27T17:00+01:00') });
    expect(next('2026-11-27T18:00+01:00')).toMatchObject({ mayEndAt: at('2026-11-30T09:00+01:00') });
  });

  it('says no end where no hour of the week is allowed', () => {
    expect(reasons({ settings: { schedule: week() } })).toEqual([{ code: 'off_schedule' }]);
  });

  it('begins at its moment, but not within thirty seconds of having stopped something', () => {
    const schedule = week([1, 9]);
    const settings = { schedule };
    const [nine, ten] = [at('2026-11-23T09:00+01:00') - NOW, at('2026-11-23T10:00+01:00') - NOW];
    expect(lastOf({ at: nine - 1000, settings }, { at: nine, settings })).toMatchObject({ slots: 4 });
    const stopped = [
      { at: nine, settings },
      { at: ten, settings },
    ] as const;
    // The owner's clock is put back: it is nine o'clock once more.
    expect(lastOf(...stopped, { at: ten - 1000, settings }).slots).toBe(0);
    expect(lastOf(...stopped, { at: ten - 40_000, settings }, { at: ten - 10_000, settings }).slots).toBe(4);
  });

  it('finds the hour after the one that is left out in spring', () => {
    const next = nextMoment(at('2026-03-29T00:30+01:00'), localTime, [], (moment) =>
      inGrid(week([7, 3]), localTime, moment),
    );
    expect(next).toBe(at('2026-03-29T03:00+02:00'));
    const never = nextMoment(at('2026-03-29T00:30+01:00'), localTime, [], (moment) =>
      inGrid(week([7, 2]), localTime, moment),
    );
    expect(never).toBe(at('2026-04-05T02:00+02:00'));
  });

  it('runs in both of the hours that come twice in autumn', () => {
    const grid = week([7, 2]);
    const open = [
      '2026-10-25T01:59+02:00',
      '2026-10-25T02:30+02:00',
      '2026-10-25T02:30+01:00',
      '2026-10-25T03:00+01:00',
    ];
    expect(open.map((moment) => inGrid(grid, localTime, at(moment)))).toEqual([false, true, true, false]);
  });
});

describe('a tariff window', () => {
  it('holds from its beginning until just before its end', () => {
    const noon = window([3], '11:30', '13:00');
    const times = ['11:29', '11:30', '12:59', '13:00'].map((time) => at(`2026-11-25T${time}+01:00`));
    expect(times.map((time) => inWindow(noon, localTime, time))).toEqual([false, true, true, false]);
    expect(inWindow(noon, localTime, at('2026-11-24T12:00+01:00'))).toBe(false);
  });

  it('reaches over midnight into the day after the one that it begins on', () => {
    const night = window([7], '22:00', '06:00');
    const times = [
      '2026-11-22T03:00+01:00',
      '2026-11-22T22:00+01:00',
      '2026-11-23T05:59+01:00',
      '2026-11-23T06:00+01:00',
      '2026-11-23T22:00+01:00',
    ];
    expect(times.map((time) => inWindow(night, localTime, at(time)))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(inWindow(window([1], '22:00', '06:00'), localTime, at('2026-11-24T03:00+01:00'))).toBe(true);
  });

  it('is a whole day where it ends when it begins', () => {
    const day = window([6], '07:00', '07:00');
    expect(inWindow(day, localTime, at('2026-11-21T07:00+01:00'))).toBe(true);
    expect(inWindow(day, localTime, at('2026-11-22T06:59+01:00'))).toBe(true);
    expect(inWindow(day, localTime, at('2026-11-22T07:00+01:00'))).toBe(false);
  });

  it('begins late where its beginning is left out in spring, and twice where it comes twice in autumn', () => {
    const window_ = window(EVERY_DAY, '02:15', '02:45');
    const next = (from: string, one: TariffWindow) =>
      nextMoment(at(from), localTime, edgesOf([one]), (moment) => inWindow(one, localTime, moment));
    expect(next('2026-03-29T00:00+01:00', window(EVERY_DAY, '02:15', '03:30'))).toBe(
      at('2026-03-29T03:00+02:00'),
    );
    expect(next('2026-10-25T02:00+02:00', window_)).toBe(at('2026-10-25T02:15+02:00'));
    expect(next('2026-10-25T02:50+02:00', window_)).toBe(at('2026-10-25T02:15+01:00'));
    expect(next('2026-10-25T02:50+01:00', window_)).toBe(at('2026-10-26T02:15+01:00'));
  });
});
