// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  addedWatts,
  combinedErrorPercent,
  countedEnergy,
  energyCo2Grams,
  energyCost,
  ESTIMATED_ERROR_PERCENT,
  estimatedWatts,
  LAPTOP_IDLE,
  netEarnings,
  ownShare,
  PROCESSOR_IDLE,
  wattHours,
} from '../../../../agent/policy/energy.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const idle = fc.constantFrom(PROCESSOR_IDLE, LAPTOP_IDLE);
const joules = fc.double({ min: 0, max: 1e9, noNaN: true });

describe("Lull's share of a measured energy", () => {
  it('is none without own work, and never more than its share of the busy time', () => {
    fc.assert(
      fc.property(share, share, idle, (one, other, draw) => {
        const [own, busy] = [Math.min(one, other), Math.max(one, other)];
        const ours = ownShare(own, busy, draw);
        expect(ours.share).toBeGreaterThanOrEqual(0);
        expect(ours.share).toBeLessThanOrEqual(busy === 0 ? 0 : own / busy + 1e-12);
        if (own === 0) expect(ours).toEqual({ share: 0, errorPercent: 0 });
      }),
    );
  });

  it('grows with own work while what others do stays the same', () => {
    fc.assert(
      fc.property(share, share, share, idle, (a, b, others, draw) => {
        const [less, more] = [Math.min(a, b) * (1 - others), Math.max(a, b) * (1 - others)];
        const of = (own: number): number => ownShare(own, own + others * others, draw).share;
        expect(of(less)).toBeLessThanOrEqual(of(more) + 1e-12);
      }),
    );
  });

  it('leaves to the computer what it draws when idle: a small task is a small part', () => {
    expect(ownShare(1, 1, PROCESSOR_IDLE).share).toBeCloseTo(0.75, 6);
    expect(ownShare(0.05, 0.05, PROCESSOR_IDLE).share).toBeCloseTo(0.1304, 4);
    expect(ownShare(0.5, 1, PROCESSOR_IDLE).share).toBeCloseTo(0.375, 6);
  });

  it('lies within its error whatever the processor really draws when idle, within what is known of processors', () => {
    fc.assert(
      fc.property(share, share, share, idle, (one, other, at, draw) => {
        const [own, busy] = [Math.min(one, other), Math.max(one, other)];
        const told = ownShare(own, busy, draw);
        const real = draw.least + at * (draw.most - draw.least);
        const { share: true_ } = ownShare(own, busy, { likely: real, least: real, most: real });
        const off = Math.abs(true_ - told.share);
        expect(off).toBeLessThanOrEqual((told.share * told.errorPercent) / 100 + 1e-9);
      }),
    );
  });

  it('takes what cannot be for the nearest that can', () => {
    expect(ownShare(2, 0.1, PROCESSOR_IDLE)).toEqual(ownShare(1, 1, PROCESSOR_IDLE));
    expect(ownShare(NaN, 0.5, PROCESSOR_IDLE).share).toBe(0);
    expect(ownShare(0.5, NaN, PROCESSOR_IDLE)).toEqual(ownShare(0.5, 0.5, PROCESSOR_IDLE));
    expect(ownShare(0.5, 0.5, { likely: 0, least: 0, most: 0 }).share).toBe(1);
  });
});

describe('a counter of energy', () => {
  it('goes on counting over the end of its range', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.integer({ min: 1, max: 1e9 }), (start, taken, more) => {
        const range = taken + more;
        const before = start % range;
        expect(countedEnergy(before, (before + taken) % range, range)).toBe(taken);
      }),
    );
  });
});

describe('power that nobody has measured', () => {
  const processors = readFileSync(join(import.meta.dirname, '../../../golden/energy/rated-power.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.split(','));

  it('is off by no more than it says, for nine processors in ten', () => {
    const within = processors.filter(([, threads, watts]) => {
      const told = estimatedWatts(Number(threads));
      return Math.abs(Number(watts) - told) <= (told * ESTIMATED_ERROR_PERCENT) / 100;
    });
    expect(processors.length).toBeGreaterThanOrEqual(25);
    expect(within.length / processors.length).toBeGreaterThanOrEqual(0.9);
  });

  it('grows with the threads and with the share of them that works', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 }), share, share, (threads, a, b) => {
        expect(estimatedWatts(threads + 1)).toBeGreaterThan(estimatedWatts(threads));
        const watts = estimatedWatts(threads);
        expect(addedWatts(watts, Math.min(a, b))).toBeLessThanOrEqual(addedWatts(watts, Math.max(a, b)));
        expect(addedWatts(watts, 1)).toBeLessThan(watts);
        expect(addedWatts(watts, 0)).toBe(0);
      }),
    );
  });
});

describe('errors', () => {
  it('that have nothing to do with each other add up like the sides of a right angle', () => {
    expect(combinedErrorPercent(3, 4)).toBe(5);
    expect(combinedErrorPercent(0, 12)).toBe(12);
  });
});

describe('what electricity costs', () => {
  it('is told in watt-hours, money and CO₂', () => {
    expect(wattHours(7200)).toBe(2);
    expect(energyCost(3_600_000, 0.3)).toBeCloseTo(0.3, 12);
    expect(energyCost(3_600_000, null)).toBeNull();
    expect(energyCo2Grams(1_800_000, 473)).toBeCloseTo(236.5, 9);
  });

  it('adds up over any parts of a time', () => {
    fc.assert(
      fc.property(fc.array(joules, { maxLength: 20 }), share, (parts, price) => {
        const sum = parts.reduce((all, part) => all + part, 0);
        const cost = parts.reduce((all, part) => all + (energyCost(part, price) ?? 0), 0);
        expect(cost).toBeCloseTo(energyCost(sum, price) ?? NaN, 6);
      }),
    );
  });

  it('is taken from what was earned, where both have a price', () => {
    expect(netEarnings(10, 0.5, 2)).toBe(3);
    expect(netEarnings(1, 0.5, 2)).toBe(-1.5);
    expect(netEarnings(10, null, 2)).toBeNull();
    expect(netEarnings(10, 0.5, null)).toBeNull();
  });
});
