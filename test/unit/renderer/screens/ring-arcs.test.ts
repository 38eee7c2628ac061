// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { ringArcs } from '../../../../renderer/screens/home/ring-arcs.ts';
import { REASON_STATES, slotOf } from '../../../support/agent-states.ts';
import { SAMPLE_NOW, sampleState } from '../../../support/sample-state.ts';

const filled = (changes: Parameters<typeof sampleState>[0], now = SAMPLE_NOW): number[] =>
  ringArcs(sampleState(changes), now).map((arc) => arc.filled);
const slots = (count: number) =>
  Array.from({ length: count }, (_, index) => slotOf('job', 'data', index, 500));

describe('the ring', () => {
  it('has one segment for each task, filled by its progress', () => {
    const two = [slotOf('a', 'science', 0, 640), slotOf('b', 'data', 1, 210)];
    expect(filled({ overall: 'earning', slots: two })).toEqual([0.64, 0.21]);
    expect(filled({ overall: 'earning', slots: [] })).toEqual([0]);
  });

  it('draws many tasks as one, and never beyond the circle', () => {
    expect(filled({ overall: 'earning', slots: slots(8) })).toHaveLength(8);
    expect(filled({ overall: 'earning', slots: slots(9) })).toEqual([0.5]);
    const arcs = ringArcs(sampleState({ overall: 'earning', slots: slots(8) }), SAMPLE_NOW);
    for (const { start, length } of arcs) expect(start + length).toBeLessThanOrEqual(1);
  });

  it('fills while nobody touches the computer, as far as the wait has come', () => {
    const waiting = REASON_STATES.user_active[0]?.[0];
    expect(filled(waiting)[0]).toBeCloseTo(12 / 300);
    expect(filled(waiting, SAMPLE_NOW + 144_000)[0]).toBeCloseTo(156 / 300);
  });

  it('is empty while paused, offline or in need of the owner', () => {
    for (const code of ['paused_by_user', 'offline', 'ledger_contradiction'] as const) {
      expect(filled(REASON_STATES[code][0]?.[0])).toEqual([0]);
    }
  });
});
