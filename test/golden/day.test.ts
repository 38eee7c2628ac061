// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { timelineOf } from '../support/simulated-day.ts';

const file = (name: string): string => join(import.meta.dirname, 'day', name);
const zone = process.env['TZ'];

beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});

afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe('a working day on a laptop', () => {
  it('is decided as it is written down, with the same reasons (LULL_REWRITE_GOLDEN=1 writes it anew)', () => {
    const timeline = timelineOf(readFileSync(file('working-day.txt'), 'utf8'));
    if (process.env['LULL_REWRITE_GOLDEN'] === '1') writeFileSync(file('working-day.timeline.txt'), timeline);
    expect(timeline).toBe(readFileSync(file('working-day.timeline.txt'), 'utf8'));
  });
});
