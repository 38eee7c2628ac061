// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';

import { reasonText } from '../../../cli/reasons.ts';
import type { SuspendReason } from '../../../protocol/suspend-reasons.ts';

const REASONS: readonly [SuspendReason, RegExp][] = [
  [{ code: 'consent_needed' }, /lull accept/],
  [{ code: 'paused_by_user' }, /lull resume/],
  [{ code: 'paused_by_user', mayEndAt: Date.UTC(2026, 10, 22) }, /^paused until .*\d/],
  [{ code: 'user_active', thresholdSeconds: 300 }, /in use \(away after 5 min/],
  [{ code: 'on_battery', percent: 41.7 }, /on battery \(42 %\)/],
  [{ code: 'power_unknown' }, /cannot be known/],
  [{ code: 'settling' }, /waiting a moment/],
  [{ code: 'limit_is_zero', profile: 'in_use' }, /while in use is 0 %/],
  [{ code: 'offline', since: 0 }, /cannot be reached since/],
  [{ code: 'nothing_to_do', detail: 'needs_more_memory' }, /needs more memory/],
  [
    { code: 'disk_low', freeBytes: 1024 ** 3, keepFreeBytes: 10 * 1024 ** 3 },
    /1\.0 GiB are free.* 10\.0 GiB are kept/,
  ],
  [{ code: 'ledger_contradiction' }, /evidence is kept/],
  [{ code: 'shutting_down' }, /ending/],
];

describe('reasonText', () => {
  it.each(REASONS)('explains %o', (reason, text) => expect(reasonText(reason)).toMatch(text));
});
