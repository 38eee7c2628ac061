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

describe('a simulated day', () => {
  it.each(['working-day', 'home-server'])(
    'is decided as it is written down, with the same reasons: %s (LULL_REWRITE_GOLDEN=1 writes it anew)',
    (name) => {
      const timeline = timelineOf(readFileSync(file(`${name}.txt`), 'utf8'));
      const golden = file(`${name}.timeline.txt`);
      if (process.env['LULL_REWRITE_GOLDEN'] === '1') writeFileSync(golden, timeline);
      expect(timeline).toBe(readFileSync(golden, 'utf8'));
    },
  );
});
