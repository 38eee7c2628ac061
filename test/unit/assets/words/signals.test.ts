// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { describeSignals, SIGNAL_NAMES } from '../../../../assets/words/signals.ts';
import { wordsFor } from '../../../../assets/words/words.ts';
import { signalsSchema, UNKNOWN_SIGNALS } from '../../../../protocol/signals.ts';
import { sampleSignals, sampleState } from '../../../support/sample-state.ts';

const words = wordsFor(['en-GB']);
const lines = (...[changes]: Parameters<typeof sampleState>): string[] =>
  describeSignals(sampleState(changes), words).map(({ label, value, meaning }) =>
    `${label}: ${value}${meaning === undefined ? '' : ` (${meaning})`}`.replaceAll(/\s/g, ' '),
  );

describe('what the sensors say', () => {
  it('is said of every signal there is', () => {
    expect([...SIGNAL_NAMES].sort()).toEqual(Object.keys(signalsSchema.shape).sort());
  });

  it('is its value where it is known', () => {
    expect(lines()).toEqual([
      'Without input: 3 secs of 5 minutes',
      'Screen locked: No',
      'Power: Mains',
      'Saving power: No',
      'Heat: Cool',
      'Processor speed: 100%',
      'Other programs use: 7%',
      'Full screen: No',
      'Presentation or film: No',
      'Microphone in use: No',
      'Camera in use: No',
      'Connection: Not paid by volume',
      'Free memory: 9.4 GB',
      'Free disk: 120 GB',
      'About to sleep: No',
    ]);
    const signals = sampleSignals({ onBattery: true, batteryPercent: 41, thermal: 'serious', metered: true });
    expect(lines({ signals })).toEqual(
      expect.arrayContaining([
        'Power: Battery',
        'Battery level: 41%',
        'Heat: Hot',
        'Connection: Paid by volume',
      ]),
    );
  });

  it('is what follows for the rule where it cannot be known', () => {
    const remote = { ...sampleState().network, kind: 'remote' } as const;
    const said = lines({ signals: { ...UNKNOWN_SIGNALS, onBattery: true }, network: remote });
    expect(said).toHaveLength(SIGNAL_NAMES.length);
    expect(said).toContain('Heat: Cannot be known here (So at most half of the processor is used.)');
    expect(said).toContain('Connection: Cannot be known here (So it counts as paid by volume.)');
    expect(said).toContain('Battery level: Cannot be known here (The rule that asks for it is off.)');
    const settings = { ...sampleState().settings, stopWhenHot: false, runOnBattery: true };
    expect(lines({ signals: { ...UNKNOWN_SIGNALS, onBattery: true }, settings })).toEqual(
      expect.arrayContaining([
        'Heat: Cannot be known here (The rule that asks for it is off.)',
        'Battery level: Cannot be known here (So the battery counts as empty.)',
        'Connection: Cannot be known here (It does not matter: this network needs no connection.)',
      ]),
    );
  });
});
