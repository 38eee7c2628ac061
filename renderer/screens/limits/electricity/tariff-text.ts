// SPDX-License-Identifier: MIT
import type { TariffWindow } from '../../../../protocol/settings.ts';
import { format, t } from '../../../text/page-words.ts';

const WEEK = 7;
const MIDNIGHT = '00:00';

/** A time of day as the settings have it, as a clock of the person's language shows it. */
function clock(time: string): string {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return format.time(new Date(2026, 0, 1, hours, minutes).getTime());
}

/** "Mon to Fri", "Mon and Wed", "Every day" */
function daysText(days: readonly number[]): string {
  if (days.length === WEEK) return t('schedule.every_day');
  const sorted = days.toSorted((a, b) => a - b);
  const names = sorted.map((day) => format.weekday(day, 'short'));
  const [first = ''] = names;
  const isRow = sorted.every((day, index) => day === (sorted[0] ?? 0) + index);
  return isRow && names.length > 2
    ? t('schedule.days', { first, last: names.at(-1) ?? first })
    : format.list(names);
}

/** The hours of a window in words, without its price. */
export function windowText({ days, from, to }: TariffWindow): string {
  const names = daysText(days);
  if (from === MIDNIGHT && to === MIDNIGHT) return t('tariff.all_day', { days: names });
  return t('tariff.line', { days: names, from: clock(from), to: clock(to) });
}

export const priceText = ({ pricePerKwh }: TariffWindow, currency: string): string =>
  t('value.price', { price: format.money(pricePerKwh, currency) });
