// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { localTime } from '../../../agent/adapters/local-time.ts';
import { NetworkUsage } from '../../../agent/network-usage.ts';
import { RateLimit } from '../../../agent/rate-limit.ts';
import { silentLogger } from '../../../protocol/logger.ts';
import { FakeAgentStore } from '../../support/fake-agent-store.ts';
import { TestClock } from '../../support/test-clock.ts';

const DAY_MS = 86_400_000;

function make({ clock = new TestClock(), store = new FakeAgentStore() } = {}) {
  const settings = { networkKilobytesPerSecond: 100 };
  const usage = new NetworkUsage({ clock, logger: silentLogger, localTime, store, settings: () => settings });
  return { clock, store, settings, usage };
}

describe('what goes over the network', () => {
  it('is counted for the local day, both ways', () => {
    const { usage, clock } = make();
    usage.counted({ sent: 10, received: 500 });
    usage.counted({ sent: 1, received: 0 });
    expect(usage.today).toBe(511);
    clock.run(DAY_MS);
    expect(usage.today).toBe(0);
  });

  it('is there again after a restart; a crash loses less than a megabyte, or a minute', () => {
    const parts = make();
    const again = (): number => make(parts).usage.today;
    parts.usage.counted({ sent: 400_000, received: 500_000 });
    expect(again()).toBe(0);
    parts.usage.counted({ sent: 0, received: 200_000 });
    expect(again()).toBe(1_100_000);
    parts.clock.run(60_000);
    parts.usage.counted({ sent: 5, received: 0 });
    expect(again()).toBe(1_100_005);
    parts.usage.counted({ sent: 5, received: 0 });
    parts.usage.keep();
    expect(again()).toBe(1_100_010);
  });

  it('is still counted while the disk is full', () => {
    const { usage, store } = make();
    store.full = true;
    usage.counted({ sent: 0, received: 3_000_000 });
    expect(usage.today).toBe(3_000_000);
    store.full = false;
    usage.keep();
    expect(usage.today).toBe(3_000_000);
    expect(store.trafficOf(localTime.startOfDay(new TestClock().now())).received).toBe(3_000_000);
  });
});

describe('the rate limit', () => {
  /** When so many bytes in pieces have passed, ms. */
  async function timeFor(bytes: number, piece: number, limit: RateLimit, clock: TestClock): Promise<number> {
    const began = clock.monotonic();
    let ended: number | undefined;
    const pass = async (): Promise<void> => {
      for (let left = bytes; left > 0; left -= piece) await limit.take(Math.min(left, piece));
      ended = clock.monotonic();
    };
    const passing = pass();
    while (ended === undefined) await clock.advance(10);
    await passing;
    return ended - began;
  }

  it.each([1000, 65_536, 5_000_000])(
    'lets a megabyte pass in ten seconds at 100 kB/s, in pieces of %i',
    async (piece) => {
      const clock = new TestClock();
      const ms = await timeFor(1_000_000, piece, new RateLimit(clock, () => 100_000), clock);
      expect(ms).toBeGreaterThanOrEqual(9740);
      expect(ms).toBeLessThanOrEqual(10_010);
    },
  );

  it('is shared by all that pass at the same time', async () => {
    const clock = new TestClock();
    const limit = new RateLimit(clock, () => 100_000);
    const [one, other] = await Promise.all([
      timeFor(200_000, 8192, limit, clock),
      timeFor(200_000, 8192, limit, clock),
    ]);
    expect(Math.max(one, other)).toBeGreaterThanOrEqual(3700);
  });

  it('follows a change at once, and does not save up what was not used', async () => {
    const clock = new TestClock();
    let rate = 10_000;
    const limit = new RateLimit(clock, () => rate);
    await clock.advance(3_600_000);
    expect(await timeFor(100_000, 10_000, limit, clock)).toBeGreaterThanOrEqual(9700);
    rate = 1_000_000;
    expect(await timeFor(100_000, 10_000, limit, clock)).toBeLessThan(200);
  });

  it('lets go of what is not wanted any more', async () => {
    const clock = new TestClock();
    const ending = new AbortController();
    const taking = new RateLimit(clock, () => 10).take(1_000_000, ending.signal);
    ending.abort();
    await expect(taking).rejects.toThrow(/abort/);
    expect(clock.waiting).toBe(0);
  });
});
