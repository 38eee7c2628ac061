// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { SuspendReason } from '../../../../protocol/suspend-reasons.ts';
import { choicesOf } from '../../../../renderer/text/choices.ts';
import { REASON_STATES } from '../../../support/agent-states.ts';
import { sampleState } from '../../../support/sample-state.ts';

const waiting = (profile: 'away' | 'in_use', ...reasons: SuspendReason[]) =>
  choicesOf(sampleState({ overall: 'waiting', decision: { slots: 0, cpuDutyPercent: 0, profile, reasons } }));
const active: SuspendReason = { code: 'user_active', thresholdSeconds: 300 };
const zero: SuspendReason = { code: 'limit_is_zero', profile: 'in_use' };

describe('what the owner is offered', () => {
  it('is earning now where being here is all that holds work back', () => {
    expect(waiting('in_use', active, zero).earnNow).toBe(true);
    expect(waiting('in_use', { code: 'settling', mayEndAt: 1 }, zero).earnNow).toBe(true);
  });

  it('is never earning now where it would not help', () => {
    expect(waiting('in_use', { code: 'on_battery' }, active).earnNow).toBe(false);
    expect(waiting('away', { code: 'limit_is_zero', profile: 'away' }).earnNow).toBe(false);
    expect(waiting('away', { code: 'settling', mayEndAt: 1 }).earnNow).toBe(false);
    expect(waiting('away').earnNow).toBe(false);
  });

  it('is to resume while paused, and nothing but that', () => {
    const state = sampleState(REASON_STATES.paused_by_user[0]?.[0]);
    expect(choicesOf(state)).toEqual({ resume: true, earnNow: false, practise: false });
  });

  it('is the practice jobs only on the network of one', () => {
    const idle: SuspendReason = { code: 'nothing_to_do', detail: 'already_did_all' };
    expect(waiting('away', idle).practise).toBe(true);
    const remote = sampleState(REASON_STATES.nothing_to_do[1]?.[0]);
    expect(choicesOf({ ...remote, network: { ...remote.network, kind: 'remote' } }).practise).toBe(false);
  });
});
