// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { energyToday } from '../../../../assets/words/energy.ts';
import { wordsFor } from '../../../../assets/words/words.ts';
import { SAMPLE_ENERGY, SAMPLE_REMOTE, sampleState } from '../../../support/sample-state.ts';

const words = wordsFor(['en-GB']);
const today = (changes: Partial<typeof SAMPLE_ENERGY.today>, network = SAMPLE_REMOTE): string => {
  const energy = { ...SAMPLE_ENERGY, today: { ...SAMPLE_ENERGY.today, ...changes } };
  return energyToday(sampleState({ energy, network }), words).replaceAll(/\s/g, ' ');
};

describe('the electricity of today', () => {
  it('is said with what is known of its cost, and no more', () => {
    expect(today({})).toBe('Electricity today: 38 Wh, €0.0122; €0.0029 net.');
    expect(today({ net: -0.5 })).toBe('Electricity today: 38 Wh, €0.0122; -€0.50 net.');
    expect(today({ net: null })).toBe('Electricity today: 38 Wh, €0.0122.');
    expect(today({}, { ...SAMPLE_REMOTE, practice: true })).toBe('Electricity today: 38 Wh, €0.0122.');
    expect(today({ wattHours: 1240, cost: null, net: null })).toBe('Electricity today: 1.2 kWh.');
  });
});
