// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DEFAULT_SETTINGS, settingsShape } from '../../../../protocol/settings.ts';
import {
  FILL_NAMES,
  FILLS,
  isOn,
  paint,
  toggle,
} from '../../../../renderer/screens/limits/schedule/week-grid.ts';

const weekOf = fc.array(fc.stringMatching(/^[01]{24}$/), { minLength: 7, maxLength: 7 });
const cellOf = fc.record({ day: fc.nat(6), hour: fc.nat(23) });

describe('painting a week', () => {
  it('switches what lies between two corners, whichever comes first, and nothing else', () => {
    fc.assert(
      fc.property(weekOf, cellOf, cellOf, fc.boolean(), cellOf, (week, a, b, on, cell) => {
        const painted = paint(week, a, b, on);
        expect(painted).toEqual(paint(week, b, a, on));
        const inside =
          (cell.day - a.day) * (cell.day - b.day) <= 0 && (cell.hour - a.hour) * (cell.hour - b.hour) <= 0;
        expect(isOn(painted, cell)).toBe(inside ? on : isOn(week, cell));
        expect(settingsShape.schedule.safeParse(painted).success).toBe(true);
      }),
    );
  });

  it('switches a day, an hour or all on, unless it is on already', () => {
    const { schedule: all } = DEFAULT_SETTINGS;
    const withoutMonday = toggle(all, { day: 0 });
    expect(withoutMonday[0]).toBe('0'.repeat(24));
    expect(toggle(withoutMonday, { hour: 3 })[0]).toBe(`0001${'0'.repeat(20)}`);
    expect(toggle(withoutMonday, {})).toEqual(all);
    expect(toggle(all, {})).toEqual(FILLS.never);
  });

  it('can be begun from weeks that many want', () => {
    for (const name of FILL_NAMES)
      expect(settingsShape.schedule.safeParse([...FILLS[name]]).success).toBe(true);
  });
});
