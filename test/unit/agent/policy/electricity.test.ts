// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { localTime } from '../../../../agent/adapters/local-time.ts';
import { pricePerKwhAt } from '../../../../agent/policy/electricity.ts';
import type { Settings } from '../../../../protocol/settings.ts';
import { codes, lastOf, NOW, reasons, SETTINGS, type Sight } from '../../../support/policy-look.ts';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const DAY: Partial<Settings> = {
  pricePerKwh: 0.4,
  tariffWindows: [
    { days: EVERY_DAY, from: '22:00', to: '06:30', pricePerKwh: 0.1 },
    { days: EVERY_DAY, from: '05:00', to: '07:00', pricePerKwh: 0.2 },
  ],
};
const time = (hour: number, minute = 0, day = 22): number => new Date(2026, 10, day, hour, minute).getTime();

describe('the price of electricity', () => {
  it.each([
    [21, 59, 0.4],
    [22, 0, 0.1],
    [5, 30, 0.1],
    [6, 30, 0.2],
    [7, 0, 0.4],
  ])(
    'at %i:%i is that of the first window that fits, or the one outside of all: %f',
    (hour, minute, price) => {
      expect(pricePerKwhAt({ ...SETTINGS, ...DAY }, localTime, time(hour, minute))).toBe(price);
    },
  );

  it('is unknown where the owner has not said it', () => {
    expect(pricePerKwhAt(SETTINGS, localTime, time(1))).toBeNull();
  });
});

describe('the price rule', () => {
  it('stops while electricity costs more than the owner wants to pay, and says until when', () => {
    const settings = { ...DAY, mostPricePerKwh: 0.2 };
    expect(reasons({ settings, now: time(12) })).toEqual([
      { code: 'power_price', pricePerKwh: 0.4, mostPricePerKwh: 0.2, mayEndAt: time(22) },
    ]);
    expect(codes({ settings, now: time(6, 45) })).toEqual([]);
    expect(reasons({ settings: { ...settings, mostPricePerKwh: 0.1 }, now: time(6, 45) })).toMatchObject([
      { pricePerKwh: 0.2, mayEndAt: time(22) },
    ]);
  });

  it('does not run at a price that is not known, and knows no end without windows that are cheap enough', () => {
    expect(reasons({ settings: { mostPricePerKwh: 1 } })).toEqual([
      { code: 'power_price', mostPricePerKwh: 1 },
    ]);
    expect(reasons({ settings: { ...DAY, mostPricePerKwh: 0.05 }, now: time(12) })).toEqual([
      { code: 'power_price', pricePerKwh: 0.4, mostPricePerKwh: 0.05 },
    ]);
  });

  it('begins at the moment at which it is cheap', () => {
    const settings = { ...DAY, mostPricePerKwh: 0.2 };
    const cheap = time(22) - NOW;
    expect(lastOf({ at: cheap - 1000, settings }, { at: cheap, settings }).slots).toBe(4);
  });

  it('says nothing where the owner takes every price', () => {
    expect(codes({ settings: { pricePerKwh: 1e6 } })).toEqual([]);
  });
});

describe('never at a loss', () => {
  const settings = { ...DAY, neverAtALoss: true, creditPrice: 0.01 };
  /** A loss is only believed after ten seconds. */
  const lossAt = (now: number, changes: Sight) => {
    const sight = { ...changes, settings: { ...settings, ...changes.settings } };
    return lastOf({ ...sight, at: now - NOW }, { ...sight, at: now + 10_000 - NOW }).reasons;
  };
  // 100 W at 0.4 cost 0.04 an hour, and 3 credits at 0.01 are worth 0.03.
  const losing = { facts: { earnsPerHour: 3, watts: 100 } };

  it('stops while work earns no more than its electricity costs, until it is cheap enough', () => {
    expect(lossAt(time(12), losing)).toMatchObject([
      { code: 'at_a_loss', earnsPerHour: 0.03, mayEndAt: time(22) },
    ]);
    expect(lossAt(time(12), losing)[0]).toHaveProperty('costsPerHour', expect.closeTo(0.04));
    expect(lossAt(time(12), { facts: { earnsPerHour: 4, watts: 100 } })).toMatchObject([
      { code: 'at_a_loss' },
    ]);
    expect(lossAt(time(12), { facts: { earnsPerHour: 4.1, watts: 100 } })).toEqual([]);
    expect(lossAt(time(12), { facts: { earnsPerHour: 0, watts: 0 } })).toMatchObject([{ code: 'at_a_loss' }]);
    expect(lossAt(time(22), losing)).toEqual([]);
    expect(lossAt(time(12), { ...losing, settings: { neverAtALoss: false } })).toEqual([]);
  });

  it('bears a moment of loss', () => {
    expect(codes({ settings, ...losing, now: time(12) })).toEqual([]);
  });

  it('begins again only with a tenth more', () => {
    const at = (ms: number, earnsPerHour: number) => ({
      at: time(12) - NOW + ms,
      settings,
      facts: { earnsPerHour, watts: 100 },
    });
    expect(lastOf(at(0, 3), at(10_000, 3), at(20_000, 4.3)).reasons).toMatchObject([{ code: 'at_a_loss' }]);
    expect(lastOf(at(0, 3), at(10_000, 3), at(20_000, 4.5)).reasons).toMatchObject([{ code: 'settling' }]);
  });

  it('does not run while the owner has said no price or no value of a credit', () => {
    expect(lossAt(time(12), { ...losing, settings: { creditPrice: null } })).toEqual([
      { code: 'at_a_loss', costsPerHour: expect.closeTo(0.04) as number },
    ]);
    expect(lossAt(time(12), { ...losing, settings: { pricePerKwh: null } })).toEqual([
      { code: 'at_a_loss', earnsPerHour: 0.03, mayEndAt: time(22) },
    ]);
    expect(lossAt(time(12), { settings: { pricePerKwh: null, tariffWindows: [] } })).toEqual([
      { code: 'at_a_loss' },
    ]);
  });

  it('runs to find out what only running can tell', () => {
    expect(lossAt(time(12), { facts: { earnsPerHour: null, watts: 100 } })).toEqual([]);
    expect(lossAt(time(12), { facts: { earnsPerHour: 3, watts: null } })).toEqual([]);
  });
});
