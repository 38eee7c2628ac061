// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { escrowFor, payFor } from '../../../../coordinator/policy/pricing.ts';

const terms = { pricePerGigafuel: 1_000_000n, feeBasisPoints: 250, fuelLimit: 10n ** 10n };

test('an attempt earns its fuel times the price, and the fee comes on top', () => {
  expect(payFor(2_500_000_000n, terms)).toEqual({ amount: 2_500_000n, fee: 62_500n });
});

test('fuel beyond the limit earns nothing', () => {
  expect(payFor(10n ** 18n, terms)).toEqual(payFor(10n ** 10n, terms));
});

test('everything is rounded towards the payer', () => {
  expect(payFor(999n, terms)).toEqual({ amount: 0n, fee: 0n });
});

test('whatever the attempts burn, the escrow suffices', () => {
  const fuels = fc.array(fc.bigInt(0n, 10n ** 16n), { minLength: 1, maxLength: 20 });
  const anyTerms = fc.record({
    pricePerGigafuel: fc.bigInt(0n, 10n ** 9n),
    feeBasisPoints: fc.nat(5000),
    fuelLimit: fc.bigInt(1n, 10n ** 15n),
  });
  fc.assert(
    fc.property(fuels, anyTerms, (burnt, some) => {
      const paid = burnt
        .map((fuel) => payFor(fuel, some))
        .reduce((sum, { amount, fee }) => sum + amount + fee, 0n);
      expect(paid).toBeLessThanOrEqual(escrowFor(burnt.length, 1, some));
    }),
  );
});
