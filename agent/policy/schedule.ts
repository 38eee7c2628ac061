// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import { inGrid, nextMoment } from './calendar.ts';
import { endsAt, type Look } from './rule.ts';

/** An hour of the week in which the owner wants nothing to run, by the local clock. */
export function offSchedule({ settings, facts, now }: Look): SuspendReason | undefined {
  const mayRun = (at: number): boolean => inGrid(settings.schedule, facts.localTime, at);
  if (mayRun(now)) return undefined;
  return { code: 'off_schedule', ...endsAt(nextMoment(now, facts.localTime, [], mayRun)) };
}
