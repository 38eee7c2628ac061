// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { WorkerHeartbeat } from '../../../../agent/adapters/worker-heartbeat.ts';

describe('the heartbeat of a computing thread', () => {
  it('is missed after so much CPU time without a breath, however often it was asked for', () => {
    const heartbeat = new WorkerHeartbeat(1000);
    expect(heartbeat.isMissed({ breaths: 0, cpuMs: 1000 })).toBe(false);
    expect(heartbeat.isMissed({ breaths: 1, cpuMs: 1500 })).toBe(false);
    expect(heartbeat.isMissed({ breaths: 1, cpuMs: 2500 })).toBe(false);
    expect(heartbeat.isMissed({ breaths: 1, cpuMs: 2501 })).toBe(true);
    expect(heartbeat.isMissed({ breaths: -2_147_483_648, cpuMs: 2502 })).toBe(false);
  });

  it('is missed by a module that takes too long to prepare, without having breathed once', () => {
    expect(new WorkerHeartbeat(1000).isMissed({ breaths: 0, cpuMs: 1001 })).toBe(true);
  });
});
