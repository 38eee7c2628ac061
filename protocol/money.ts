// SPDX-License-Identifier: MIT
import { z } from 'zod';

/** 1 credit = 1,000,000 micro-credits. Money is always a whole number of micro-credits. */
export const MICRO_PER_CREDIT = 1_000_000n;
/** 1 gigafuel = 10⁹ units of fuel. */
export const FUEL_PER_GIGAFUEL = 1_000_000_000n;
/** 10,000 basis points are the whole. */
export const BASIS_POINTS = 10_000n;

const MAX_DIGITS = 30;
const whole = new RegExp(`^(0|[1-9][0-9]{0,${MAX_DIGITS - 1}})$`);
const signedWhole = new RegExp(`^(0|-?[1-9][0-9]{0,${MAX_DIGITS - 1}})$`);

/** Micro-credits on the wire: a whole decimal number, never negative, never a float. */
export const microTextSchema = z.string().regex(whole, 'expected whole micro-credits as a decimal string');
/** As `microTextSchema`, but may be negative: one side of a posting. */
export const signedMicroTextSchema = z
  .string()
  .regex(signedWhole, 'expected whole micro-credits, possibly negative, as a decimal string');
/** Units of fuel on the wire: a whole decimal number. */
export const fuelTextSchema = z.string().regex(whole, 'expected whole units of fuel as a decimal string');

/** Thrown by `parseCredits` when a text is not an amount of credits. */
export class AmountError extends Error {
  override readonly name = 'AmountError';
}

/**
 * Reads an amount that a person wrote, in credits: `"1.5"` is 1,500,000 micro-credits.
 * @throws {AmountError} when the text is not a non-negative decimal with at most six decimals.
 */
export function parseCredits(text: string): bigint {
  const match = /^([0-9]{1,24})(?:\.([0-9]{1,6}))?$/.exec(text.trim());
  if (match === null) {
    throw new AmountError(
      `"${text}" is not an amount of credits: write it like 12 or 0.05, with at most six decimals`,
    );
  }
  return BigInt(match[1] ?? '0') * MICRO_PER_CREDIT + BigInt((match[2] ?? '').padEnd(6, '0'));
}

/** Exact decimal text in credits, without grouping: 1,500,000n → `"1.5"`. For people use `formatCredits`. */
export function creditsText(micro: bigint): string {
  const sign = micro < 0n ? '-' : '';
  const abs = micro < 0n ? -micro : micro;
  const decimals = (abs % MICRO_PER_CREDIT).toString().padStart(6, '0').replace(/0+$/, '');
  return `${sign}${abs / MICRO_PER_CREDIT}${decimals === '' ? '' : `.${decimals}`}`;
}

/**
 * An amount for people, by locale. Truncates towards zero, so that nothing shown is more than what is there.
 * @param decimals 0 to 6
 */
export function formatCredits(micro: bigint, locale: string, decimals = 4): string {
  const unit = 10n ** BigInt(6 - decimals);
  const shown = (micro / unit) * unit;
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: Math.min(2, decimals),
    maximumFractionDigits: decimals,
  }).format(creditsText(shown) as Intl.StringNumericLiteral);
}

/**
 * What work costs: fuel × price, rounded down, so that rounding never creates money.
 * @param pricePerGigafuel micro-credits per 10⁹ units of fuel
 */
export const priceOf = (fuel: bigint, pricePerGigafuel: bigint): bigint =>
  (fuel * pricePerGigafuel) / FUEL_PER_GIGAFUEL;

/** The network's part of a price, rounded down; the payer pays `amount + fee`. */
export const feeOf = (amount: bigint, feeBasisPoints: number): bigint =>
  (amount * BigInt(feeBasisPoints)) / BASIS_POINTS;
