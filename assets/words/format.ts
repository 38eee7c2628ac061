// SPDX-License-Identifier: MIT
import { creditsText } from '../../protocol/money.ts';
import type { Translate } from './translate.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BYTES_PER_GB = 1e9;
const BYTE_UNITS = ['kilobyte', 'megabyte', 'gigabyte'] as const;
const SHORT_MS = 10_000;
/** below this, two decimals of a currency say too little */
const SMALL_MONEY = 0.1;
/** from here on (micro-credits) four decimals only distract */
const SHORT_FROM = 100_000_000n;

const startOfDay = (at: number, days: number): number => {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
};

/** Which day `at` is, as days from today: 0 today, 1 tomorrow, -1 yesterday. */
export const dayOffset = (at: number, now: number): number =>
  Math.round((startOfDay(at, 0) - startOfDay(now, 0)) / (DAY * 1000));

/** Numbers, amounts and times as people of the locale write them. */
export class Format {
  readonly #locale: string;
  readonly #t: Translate;

  constructor(locale: string, t: Translate) {
    this.#locale = locale;
    this.#t = t;
  }

  /** @param micro micro-credits as they came over the wire */
  credits(micro: string): string {
    return this.#amount(BigInt(micro), BigInt(micro) >= SHORT_FROM ? 2 : 4);
  }

  /** All six decimals, for proofs. */
  exactCredits(micro: string): string {
    return this.#amount(BigInt(micro), 6);
  }

  number(value: number | bigint): string {
    return new Intl.NumberFormat(this.#locale).format(value);
  }

  /** A large number in a few signs: "1.2B". */
  compact(value: number | bigint): string {
    return new Intl.NumberFormat(this.#locale, { notation: 'compact', maximumFractionDigits: 1 }).format(
      value,
    );
  }

  /** @param percent 0 to 100 */
  percent(percent: number): string {
    return new Intl.NumberFormat(this.#locale, { style: 'percent', maximumFractionDigits: 0 }).format(
      percent / 100,
    );
  }

  /** In the largest unit that leaves at least one: "312 bytes", "9.3 kB", "214 kB", "6.4 MB". */
  bytes(bytes: number): string {
    if (bytes < 1000) return this.#unit('byte', bytes);
    const power = Math.min(BYTE_UNITS.length, Math.floor(Math.log10(bytes) / 3));
    const value = bytes / 1000 ** power;
    return this.#unit(BYTE_UNITS[power - 1] ?? 'gigabyte', value, 'short', value < 100 ? 1 : 0);
  }

  /** Time that was computed: as a duration, but a short one to the tenth of a second. */
  computed(ms: number): string {
    return ms < SHORT_MS ? this.#unit('second', ms / 1000, 'long', 1) : this.duration(ms / 1000);
  }

  /** With as many decimals as a small price or cost needs: "€0.31", "€0.0042". */
  money(value: number, currency: string): string {
    const small = value !== 0 && Math.abs(value) < SMALL_MONEY;
    return new Intl.NumberFormat(this.#locale, {
      style: 'currency',
      currency,
      ...(small ? { minimumFractionDigits: 2, maximumFractionDigits: 4 } : {}),
    }).format(value);
  }

  /** "38 Wh", "1.6 kWh" */
  wattHours(wattHours: number): string {
    const kilo = wattHours >= 1000;
    const value = kilo ? wattHours / 1000 : wattHours;
    const number = new Intl.NumberFormat(this.#locale, { maximumFractionDigits: value < 10 ? 1 : 0 });
    return this.#t(kilo ? 'unit.kilowatt_hours' : 'unit.watt_hours', { value: number.format(value) });
  }

  watts(watts: number): string {
    const number = new Intl.NumberFormat(this.#locale, { maximumFractionDigits: watts < 10 ? 1 : 0 });
    return this.#t('unit.watts', { value: number.format(watts) });
  }

  grams(grams: number): string {
    if (grams < 1000) return this.#unit('gram', grams, 'short', grams < 10 ? 1 : 0);
    return this.#unit('kilogram', grams / 1000, 'short', 1);
  }

  gigabytes(bytes: number): string {
    return this.#unit('gigabyte', bytes / BYTES_PER_GB, 'short', 1);
  }

  /** In words, in its largest unit: "12 seconds", "5 minutes", "3 hours". */
  duration(seconds: number): string {
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < MINUTE) return this.#unit('second', whole);
    if (whole < HOUR) return this.#unit('minute', Math.floor(whole / MINUTE));
    if (whole < DAY) return this.#unit('hour', Math.floor(whole / HOUR));
    return this.#unit('day', Math.floor(whole / DAY));
  }

  /** To the second: "12 secs", "4 min 5 secs", "1 hr 2 min 9 secs". */
  precise(seconds: number): string {
    const whole = Math.max(0, Math.floor(seconds));
    const hours = Math.floor(whole / HOUR);
    const minutes = Math.floor((whole % HOUR) / MINUTE);
    return [
      ...(hours > 0 ? [this.#unit('hour', hours, 'short')] : []),
      ...(hours > 0 || minutes > 0 ? [this.#unit('minute', minutes, 'short')] : []),
      this.#unit('second', whole % MINUTE, 'short'),
    ].join(' ');
  }

  /** As a clock that runs down: "4:05", "1:02:09". Never below zero. */
  countdown(ms: number): string {
    const whole = Math.max(0, Math.ceil(ms / 1000));
    const two = (value: number): string => String(value).padStart(2, '0');
    const hours = Math.floor(whole / HOUR);
    const minutes = Math.floor((whole % HOUR) / MINUTE);
    const tail = `${hours > 0 ? two(minutes) : minutes}:${two(whole % MINUTE)}`;
    return hours > 0 ? `${hours}:${tail}` : tail;
  }

  /** "14:05" or "2:05 PM", as the locale has it. */
  time(at: number): string {
    return new Intl.DateTimeFormat(this.#locale, { timeStyle: 'short' }).format(at);
  }

  /** A full hour of the day, 0 to 24, as a clock shows it. */
  hour(hour: number): string {
    return this.time(new Date(2026, 0, 1, hour).getTime());
  }

  /** @param day 1 is Monday, 7 is Sunday */
  weekday(day: number, style: 'long' | 'short' | 'narrow' = 'long'): string {
    return new Intl.DateTimeFormat(this.#locale, { weekday: style }).format(new Date(2026, 0, 4 + day));
  }

  /** "a, b and c" */
  list(items: readonly string[]): string {
    return new Intl.ListFormat(this.#locale, { type: 'conjunction' }).format(items);
  }

  /** A moment as one says it in a sentence: the time, with its day unless that is today. */
  moment(at: number, now: number): string {
    const days = dayOffset(at, now);
    const time = this.time(at);
    if (days === 0) return time;
    if (days === 1) return this.#t('time.tomorrow', { time });
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  }

  /** The heading of a day in a list. */
  day(at: number, now: number): string {
    const days = dayOffset(at, now);
    if (days === 0) return this.#t('time.today');
    if (days === -1) return this.#t('time.yesterday');
    return new Intl.DateTimeFormat(this.#locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(
      at,
    );
  }

  /** To the second, for proofs. */
  exact(at: number): string {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(at);
  }

  /** How long ago: "2 minutes ago", "now". */
  ago(at: number, now: number, style: 'long' | 'short' = 'short'): string {
    const seconds = Math.max(0, Math.floor((now - at) / 1000));
    const relative = new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto', style });
    if (seconds < MINUTE) return this.#t('time.just_now');
    if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), 'minute');
    if (seconds < DAY) return relative.format(-Math.floor(seconds / HOUR), 'hour');
    return relative.format(-Math.floor(seconds / DAY), 'day');
  }

  /** Cut, not rounded, so that nothing shown is more than what is there; always as many decimals, so that amounts line up. */
  #amount(micro: bigint, decimals: number): string {
    const unit = 10n ** BigInt(6 - decimals);
    const text = creditsText((micro / unit) * unit) as Intl.StringNumericLiteral;
    return new Intl.NumberFormat(this.#locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }).format(text);
  }

  #unit(
    unit: string,
    value: number,
    unitDisplay: 'long' | 'short' = 'long',
    maximumFractionDigits = 0,
  ): string {
    const options = { style: 'unit', unit, unitDisplay, maximumFractionDigits } as const;
    // A number and its unit stay on one line.
    return new Intl.NumberFormat(this.#locale, options).format(value).replaceAll(' ', '\u00a0');
  }
}
