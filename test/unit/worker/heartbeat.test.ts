// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { Heartbeat } from '../../../worker/heartbeat.ts';

describe('the heartbeat of a computing thread', () => {
  it('is missed after so much CPU time without a breath, however long the clock has gone', () => {
    let breaths = 0;
    let cpuMs = 500;
    const heartbeat = new Heartbeat({ breaths: () => breaths, cpuMs: () => cpuMs, mostSilentCpuMs: 1000 });
    cpuMs = 1500;
    expect(heartbeat.isMissed).toBe(false);
    breaths = 1;
    cpuMs = 2000;
    expect(heartbeat.isMissed).toBe(false);
    cpuMs = 3000;
    expect(heartbeat.isMissed).toBe(false);
    cpuMs = 3001;
    expect(heartbeat.isMissed).toBe(true);
    breaths = 2;
    expect(heartbeat.isMissed).toBe(false);
  });
});
