// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';

import { localTime } from '../../../agent/adapters/local-time.ts';
import { Electricity } from '../../../agent/electricity.ts';
import type { EnergyDay } from '../../../agent/ports.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../protocol/settings.ts';
import { FakeAgentStore } from '../../support/fake-agent-store.ts';
import { FakePowerMeter } from '../../support/fake-power-meter.ts';
import { TestClock } from '../../support/test-clock.ts';

const NOTHING = { today: '0', last7Days: '0', last30Days: '0' };
const HOUR_MS = 3_600_000;

let clock: TestClock;
let store: FakeAgentStore;
let meter: FakePowerMeter;
let settings: Settings;
let price: number | null;
let earned: bigint;

beforeEach(() => {
  clock = new TestClock();
  store = new FakeAgentStore();
  meter = new FakePowerMeter();
  settings = DEFAULT_SETTINGS;
  price = null;
  earned = 0n;
});

const make = (): Electricity =>
  new Electricity({
    clock,
    logger: silentLogger,
    localTime,
    store,
    meter,
    settings: () => settings,
    pricePerKwh: () => price,
    threads: 4,
    earnedSince: () => earned,
  });

/** Two of four threads compute: 20 W. */
function compute(electricity: Electricity, seconds: number): void {
  electricity.look(true);
  for (let second = 0; second < seconds; second++) {
    clock.run(1000);
    electricity.spent(2000);
    electricity.look(true);
  }
}

function rest(electricity: Electricity, seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    electricity.look(false);
    clock.run(1000);
  }
  electricity.look(false);
}

const today = (): EnergyDay[] => [...store.energySince(localTime.startOfDay(clock.now()))];

describe('what work takes in electricity', () => {
  it('is read while something computes, and says what is drawn now', () => {
    const electricity = make();
    compute(electricity, 60);
    expect(electricity.energy(NOTHING)).toMatchObject({ watts: 20, method: 'estimate', errorPercent: 30 });
    expect(electricity.energy(NOTHING).today.wattHours).toBeCloseTo(20 / 60);
  });

  it('is nothing while work is parked, and the meter is left alone', () => {
    const electricity = make();
    compute(electricity, 5);
    rest(electricity, 3);
    const reads = meter.reads.length;
    const before = electricity.energy(NOTHING);
    rest(electricity, 3600);
    expect(meter.reads).toHaveLength(reads);
    expect(electricity.energy(NOTHING)).toEqual({ ...before, watts: 0 });
    expect(today()).toMatchObject([{ runningMs: 5000, joules: 100 }]);
  });

  it('counts what a worker tells only after it was parked', () => {
    const electricity = make();
    compute(electricity, 5);
    electricity.look(false);
    electricity.spent(500);
    rest(electricity, 5);
    expect(today()).toMatchObject([{ runningMs: 5000, joules: 105 }]);
  });

  it('leaves out the time that the computer slept', () => {
    const electricity = make();
    compute(electricity, 5);
    clock.run(8 * HOUR_MS);
    electricity.look(true);
    rest(electricity, 3);
    expect(store.energySince(0)).toMatchObject([{ runningMs: 5000, joules: 100 }]);
  });

  it('costs what electricity costs at that moment', () => {
    const electricity = make();
    price = 0.4;
    compute(electricity, 3600);
    price = 0.1;
    compute(electricity, 3600);
    // 20 Wh at each price
    expect(electricity.energy(NOTHING).today.cost).toBeCloseTo(0.02 * 0.4 + 0.02 * 0.1, 4);
  });

  it('weighs what carbon it weighs by the setting of its time', () => {
    const electricity = make();
    settings = { ...settings, carbonGramsPerKwh: 100 };
    compute(electricity, 3600);
    settings = { ...settings, carbonGramsPerKwh: 300 };
    compute(electricity, 3600);
    expect(electricity.energy(NOTHING).today.co2Grams).toBeCloseTo(2 + 6, 2);
  });

  it('has no cost without a price, and no net without the value of a credit', () => {
    const electricity = make();
    compute(electricity, 60);
    expect(electricity.energy(NOTHING).today).toMatchObject({ cost: null, net: null });
    settings = { ...settings, pricePerKwh: 0.3 };
    expect(electricity.energy(NOTHING).today).toMatchObject({ cost: 0, net: null });
  });

  it('leaves of the earnings what is not paid for electricity', () => {
    const electricity = make();
    settings = { ...settings, pricePerKwh: 0.5, creditPrice: 0.002 };
    price = 0.5;
    compute(electricity, 3600);
    const { today: sums, last30Days } = electricity.energy({
      ...NOTHING,
      today: '15000000',
      last30Days: '3000000',
    });
    expect(sums.net).toBeCloseTo(15 * 0.002 - 0.01, 4);
    expect(last30Days.net).toBeCloseTo(3 * 0.002 - 0.01, 4);
    // Practice credits are no money.
    expect(electricity.energy(undefined).today.net).toBeNull();
  });

  it('does not add up currencies', () => {
    const electricity = make();
    price = 0.5;
    compute(electricity, 3600);
    settings = { ...settings, currency: 'USD' };
    compute(electricity, 1800);
    const { cost, wattHours } = electricity.energy(NOTHING).today;
    expect(wattHours).toBeCloseTo(30, 1);
    expect(cost).toBeCloseTo(0.005, 4);
  });

  it('is kept by local day, for 30 of them', () => {
    const electricity = make();
    for (let day = 0; day < 40; day++) {
      compute(electricity, 36);
      rest(electricity, 3);
      clock.run(24 * HOUR_MS - 39_000);
    }
    compute(electricity, 36);
    const sums = electricity.energy(NOTHING);
    const each = (20 * 36) / 3600;
    expect(sums.today.wattHours).toBeCloseTo(each);
    expect(sums.last7Days.wattHours).toBeCloseTo(7 * each);
    expect(sums.last30Days.wattHours).toBeCloseTo(30 * each);
  });

  it('is there again after a crash, but for the last ten seconds', () => {
    compute(make(), 65);
    expect(make().energy(NOTHING).today.wattHours).toBeGreaterThanOrEqual((20 * 55) / 3600);
  });

  it('waits for room on a full disk, and loses nothing', () => {
    const electricity = make();
    store.full = true;
    compute(electricity, 30);
    store.full = false;
    compute(electricity, 30);
    electricity.keep();
    expect(today()).toMatchObject([{ joules: 1200 }]);
  });
});

describe('what work earned and drew lately', () => {
  it('is not known before it has run for a while', () => {
    const electricity = make();
    earned = 5_000_000n;
    compute(electricity, 59);
    expect(electricity.lately()).toMatchObject({ earnsPerHour: null, watts: null });
    compute(electricity, 60);
    expect(electricity.lately()).toMatchObject({ earnsPerHour: null, watts: 20 });
    compute(electricity, 1800);
    expect(electricity.lately().earnsPerHour).toBeCloseTo(5 / (1919 / 3600), 1);
  });

  it('does not change because nothing runs, and is forgotten after a day', () => {
    const electricity = make();
    earned = 5_000_000n;
    compute(electricity, 3600);
    rest(electricity, 60);
    const known = electricity.lately();
    expect(known.watts).toBeCloseTo(20);
    rest(electricity, 600);
    expect(electricity.lately()).toMatchObject({ earnsPerHour: known.earnsPerHour, watts: known.watts });
    clock.run(48 * HOUR_MS);
    expect(electricity.lately()).toMatchObject({ earnsPerHour: null, watts: null });
  });
});
