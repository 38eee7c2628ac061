// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import type { SuspendReason } from '../../../../protocol/suspend-reasons.ts';
import { choicesOf } from '../../../../renderer/text/choices.ts';
import { REASON_STATES } from '../../../support/agent-states.ts';
import { sampleDecision, sampleState } from '../../../support/sample-state.ts';

const waiting = (profile: 'away' | 'in_use', ...reasons: SuspendReason[]) =>
  choicesOf(sampleState({ overall: 'waiting', decision: sampleDecision({ profile, reasons }) }));
const active: SuspendReason = { code: 'user_active', thresholdSeconds: 300, careful: false };
const zero: SuspendReason = { code: 'limit_is_zero', for: 'cpu', profile: 'in_use' };

describe('what the owner is offered', () => {
  it('is earning now where being here is all that holds work back', () => {
    expect(waiting('in_use', active, zero).earnNow).toBe(true);
    expect(waiting('in_use', { code: 'settling', mayEndAt: 1 }, zero).earnNow).toBe(true);
  });

  it('is earning now where a film, a call, other programs or the schedule hold work back too', () => {
    const presence: SuspendReason[] = [
      { code: 'full_screen' },
      { code: 'presentation' },
      { code: 'call', device: 'camera' },
      { code: 'others_busy', percent: 60, thresholdPercent: 40 },
      { code: 'off_schedule' },
    ];
    for (const reason of presence) expect(waiting('in_use', reason, active).earnNow).toBe(true);
    expect(waiting('in_use', active, { code: 'heat_unknown', mostPercent: 50 }).earnNow).toBe(true);
    expect(waiting('in_use', active, { code: 'exclusive_app', app: 'game' }).earnNow).toBe(false);
  });

  it('is never earning now where it would not help', () => {
    expect(waiting('in_use', { code: 'on_battery' }, active).earnNow).toBe(false);
    expect(waiting('away', { code: 'limit_is_zero', for: 'cpu', profile: 'away' }).earnNow).toBe(false);
    expect(waiting('away', { code: 'settling', mayEndAt: 1 }).earnNow).toBe(false);
    expect(waiting('away').earnNow).toBe(false);
  });

  it('is to resume while paused, and nothing but that', () => {
    const state = sampleState(REASON_STATES.paused_by_user[0]?.[0]);
    expect(choicesOf(state)).toEqual({ resume: true, resumeGpu: false, earnNow: false, practise: false });
  });

  it('is to resume graphics only where there is a graphics processor', () => {
    const reason: SuspendReason = { code: 'paused_by_user', for: 'gpu' };
    expect(waiting('away', reason)).toMatchObject({ resume: false, resumeGpu: false });
    const state = sampleState({ gpus: 1, decision: sampleDecision({ reasons: [reason] }) });
    expect(choicesOf(state)).toMatchObject({ resume: false, resumeGpu: true });
  });

  it('is the practice jobs only on the network of one', () => {
    const idle: SuspendReason = { code: 'nothing_to_do', detail: 'already_did_all' };
    expect(waiting('away', idle).practise).toBe(true);
    const remote = sampleState(REASON_STATES.nothing_to_do[1]?.[0]);
    expect(choicesOf({ ...remote, network: { ...remote.network, kind: 'remote' } }).practise).toBe(false);
  });
});
