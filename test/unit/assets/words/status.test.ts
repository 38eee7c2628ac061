// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { endsAt, statusOf } from '../../../../assets/words/status.ts';
import { wordsFor } from '../../../../assets/words/words.ts';
import { PLAIN_STATES, REASON_STATES } from '../../../support/agent-states.ts';
import { SAMPLE_NOW, sampleDecision, sampleState } from '../../../support/sample-state.ts';

const words = wordsFor(['en-GB']);
const textOf = (changes: Parameters<typeof sampleState>[0]): string =>
  statusOf(sampleState(changes), words, SAMPLE_NOW).text.replace(/\s/g, ' ');

beforeAll(() => {
  vi.stubEnv('TZ', 'UTC');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('the status', () => {
  it.each(Object.entries(REASON_STATES))('says a true sentence for %s', (_code, states) => {
    for (const [changes, sentence] of states) expect(textOf(changes)).toBe(sentence);
  });

  it('says a true sentence for every state without a reason', () => {
    for (const [changes, sentence] of PLAIN_STATES) expect(textOf(changes)).toBe(sentence);
  });

  it('does not say that being here stops work while work goes on beside it', () => {
    const reasons = [
      { code: 'user_active' as const, thresholdSeconds: 300, careful: false },
      { code: 'nothing_to_do' as const, detail: 'nothing_to_do' as const },
    ];
    const decision = sampleDecision({ slots: 1, cpuDutyPercent: 80, profile: 'in_use', reasons });
    expect(textOf({ overall: 'waiting', decision })).toContain('has no work');
  });

  it('is about the pause while paused, and about the network while offline, whatever else holds', () => {
    const battery = { code: 'on_battery' as const };
    const paused = sampleDecision({ reasons: [battery, { code: 'paused_by_user', for: 'all' }] });
    expect(textOf({ overall: 'paused', decision: paused })).toBe('Paused by you until you resume.');
    const offline = sampleDecision({ reasons: [battery, { code: 'offline', since: SAMPLE_NOW }] });
    expect(textOf({ overall: 'offline', decision: offline })).toContain('cannot be reached');
    const { others } = statusOf(sampleState({ overall: 'offline', decision: offline }), words, SAMPLE_NOW);
    expect(others).toHaveLength(1);
  });

  it('keeps its topic through a countdown and changes it with the reason', () => {
    const state = sampleState(REASON_STATES.settling[0]?.[0]);
    const topic = (now: number): string => statusOf(state, words, now).topic;
    expect(topic(SAMPLE_NOW)).toBe(topic(SAMPLE_NOW + 5000));
    const other = sampleState(REASON_STATES.on_battery[0]?.[0]);
    expect(statusOf(other, words, SAMPLE_NOW).topic).not.toBe(topic(SAMPLE_NOW));
  });

  it('ends when its reason ends, and no countdown is left after that', () => {
    const state = sampleState(REASON_STATES.settling[0]?.[0]);
    expect(endsAt(state, SAMPLE_NOW)).toBe(SAMPLE_NOW + 24_000);
    expect(endsAt(state, SAMPLE_NOW + 24_000)).toBeUndefined();
  });
});
