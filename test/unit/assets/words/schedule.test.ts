// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { scheduleText } from '../../../../assets/words/schedule.ts';
import { wordsFor } from '../../../../assets/words/words.ts';

const words = wordsFor(['en-GB']);
const ALL = '1'.repeat(24);
const NONE = '0'.repeat(24);
const NIGHT = '111111110000000000000011';
const week = (workday: string, saturday = workday, sunday = saturday): string[] => [
  ...Array<string>(5).fill(workday),
  saturday,
  sunday,
];

beforeAll(() => {
  vi.stubEnv('TZ', 'UTC');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('a week in words', () => {
  it.each([
    [week(ALL), 'At any time.'],
    [week(NONE), 'At no time: no hour of the week is chosen.'],
    [week(NIGHT), 'Every day 22:00–08:00.'],
    [week(NIGHT, ALL), 'Monday to Friday 00:00–08:00 and 22:00–00:00; Saturday and Sunday all day.'],
    [
      week(NONE, NIGHT, NONE),
      'Monday to Friday not at all; Saturday 00:00–08:00 and 22:00–00:00; Sunday not at all.',
    ],
    [week('000000001111000000001100'), 'Every day 08:00–12:00 and 20:00–22:00.'],
  ])('%s', (given, sentence) => {
    expect(scheduleText(given, words)).toBe(sentence);
  });
});
