// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { localTime } from '../../../../agent/adapters/local-time.ts';
import { pausedUntil } from '../../../../agent/policy/pause.ts';

const NOW = new Date(2026, 10, 22, 21, 30).getTime();
const nextHour = (at: number, hour: number): number => localTime.nextHour(at, hour);

describe('a pause', () => {
  it('lasts a quarter of an hour, an hour, or until it is ended', () => {
    expect(pausedUntil('15m', NOW, nextHour)).toBe(NOW + 900_000);
    expect(pausedUntil('1h', NOW, nextHour)).toBe(NOW + 3_600_000);
    expect(pausedUntil('until_resumed', NOW, nextHour)).toBe('resumed');
  });

  it('until tomorrow ends at the next eight in the morning, which may be of this day', () => {
    expect(pausedUntil('tomorrow', NOW, nextHour)).toBe(new Date(2026, 10, 23, 8).getTime());
    const night = new Date(2026, 10, 23, 1).getTime();
    expect(pausedUntil('tomorrow', night, nextHour)).toBe(new Date(2026, 10, 23, 8).getTime());
    const eight = new Date(2026, 10, 23, 8).getTime();
    expect(pausedUntil('tomorrow', eight, nextHour)).toBe(new Date(2026, 10, 24, 8).getTime());
  });

  it('knows the last day of a month', () => {
    const newYearsEve = new Date(2026, 11, 31, 20).getTime();
    expect(pausedUntil('tomorrow', newYearsEve, nextHour)).toBe(new Date(2027, 0, 1, 8).getTime());
  });
});
