// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  AmountError,
  creditsText,
  feeOf,
  formatCredits,
  microTextSchema,
  parseCredits,
  priceOf,
} from '../../../protocol/money.ts';

describe('amounts', () => {
  test.each([
    ['1.5', 1_500_000n],
    ['0', 0n],
    ['0.000001', 1n],
    [' 12 ', 12_000_000n],
  ])('"%s" credits are exactly that many micro-credits', (text, micro) => {
    expect(parseCredits(text)).toBe(micro);
  });

  test.each(['', '-1', '1e6', '1,5', '0.0000001', '.5', '1.', 'NaN', '٣'])(
    '"%s" is refused as an amount',
    (text) => {
      expect(() => parseCredits(text)).toThrow(AmountError);
    },
  );

  test('what is written as text reads back as the same amount', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 24n }),
        (micro) => parseCredits(creditsText(micro)) === micro,
      ),
    );
  });

  test('negative amounts keep their sign in text', () => {
    expect(creditsText(-1_500_000n)).toBe('-1.5');
  });

  test('what is shown is never more than what is there', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.integer({ min: 0, max: 6 }),
        (micro, decimals) => {
          const shown = parseCredits(formatCredits(micro, 'en', decimals).replaceAll(',', ''));
          return shown <= micro;
        },
      ),
    );
  });

  test('amounts are shown in the way of the locale', () => {
    expect(formatCredits(1_234_567_890n, 'de', 2)).toBe('1.234,56');
    expect(formatCredits(1_234_567_890n, 'en', 2)).toBe('1,234.56');
  });

  test.each(['01', '-0', '1.0', '1e3', '', ' 1'])('"%s" is no amount on the wire', (text) => {
    expect(microTextSchema.safeParse(text).success).toBe(false);
  });

  test('splitting work never earns more than doing it at once', () => {
    const fuel = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(
        fuel,
        fuel,
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (a, b, price) => priceOf(a, price) + priceOf(b, price) <= priceOf(a + b, price),
      ),
    );
  });

  test('the fee is the stated share, rounded down', () => {
    expect(feeOf(999n, 500)).toBe(49n);
    expect(feeOf(1_000_000n, 0)).toBe(0n);
  });

  test('a gigafuel at a price of 50,000 micro-credits costs exactly that', () => {
    expect(priceOf(1_000_000_000n, 50_000n)).toBe(50_000n);
    expect(priceOf(999_999_999n, 50_000n)).toBe(49_999n);
  });
});
