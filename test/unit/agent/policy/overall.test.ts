// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { type Connection, overallOf } from '../../../../agent/policy/overall.ts';
import type { OverallState, RunDecision } from '../../../../protocol/agent-state.ts';
import type { SuspendReason } from '../../../../protocol/suspend-reasons.ts';
import { decision as runs } from '../../../support/policy-look.ts';

const DECISION = runs();
const decision = (slots: number, ...reasons: SuspendReason[]): RunDecision => ({
  ...DECISION,
  slots,
  cpuDutyPercent: slots === 0 ? 0 : 100,
  reasons,
});

describe('the word for the whole', () => {
  it.each([
    ['earning', decision(2), 'online', true, false],
    ['earning', decision(2, { code: 'offline', since: 1 }), 'offline', true, false],
    ['earning', decision(2, { code: 'paused_by_user', for: 'gpu' }), 'online', true, false],
    ['earning', { ...decision(0), gpuDutyPercent: 50 }, 'online', true, false],
    ['waiting', decision(2), 'online', false, false],
    ['waiting', decision(2), 'connecting', false, false],
    ['waiting', decision(0, { code: 'power_unknown' }), 'online', true, false],
    ['offline', decision(2, { code: 'offline', since: 1 }), 'offline', false, false],
    ['offline', decision(0, { code: 'power_unknown' }), 'offline', false, false],
    ['paused', decision(0, { code: 'paused_by_user', for: 'all' }), 'offline', false, false],
    [
      'needs_you',
      decision(0, { code: 'consent_needed' }, { code: 'paused_by_user', for: 'all' }),
      'online',
      false,
      false,
    ],
    ['needs_you', decision(0, { code: 'ledger_contradiction' }), 'online', false, false],
    ['needs_you', decision(2), 'offline', false, true],
  ] satisfies [OverallState, RunDecision, Connection, boolean, boolean][])(
    'is "%s" for %j, %s, working %s, a problem for the owner %s',
    (word, made, connection, working, needsOwner) => {
      expect(overallOf(made, connection, working, needsOwner)).toBe(word);
    },
  );
});
