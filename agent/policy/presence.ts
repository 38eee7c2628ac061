// SPDX-License-Identifier: MIT
import type { Settings } from '../../protocol/settings.ts';
import type { Signals } from '../../protocol/signals.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';

type UserActive = Extract<SuspendReason, { code: 'user_active' }>;

/**
 * Whether somebody is at the computer. A locked screen is nobody, at once; where input cannot be seen, it is
 * taken that somebody is there.
 * @returns why the owner counts as present, or undefined when away
 */
export function userActive(settings: Settings, signals: Signals, now: number): UserActive | undefined {
  if (signals.screenLocked === true) return undefined;
  const thresholdSeconds = settings.idleMinutes * 60;
  const { idleSeconds } = signals;
  if (idleSeconds === null) return { code: 'user_active', thresholdSeconds, careful: false };
  if (idleSeconds >= thresholdSeconds) return undefined;
  const mayEndAt = Math.round(now + (thresholdSeconds - idleSeconds) * 1000);
  return { code: 'user_active', idleSeconds, thresholdSeconds, careful: false, mayEndAt };
}
