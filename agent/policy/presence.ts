// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import { endsAt, type Look } from './rule.ts';

const MINUTE_SECONDS = 60;
/** How much longer it takes to count as away where a film or a call could go on unseen: so many times, */
const CAREFUL_TIMES = 3;
/** but at least this long, s. */
const CAREFUL_SECONDS = 15 * MINUTE_SECONDS;

/** Whether one of the owner's rules looks for something that cannot be known here. */
const couldMiss = ({ settings, signals }: Look): boolean =>
  (settings.stopOnFullScreen && signals.fullScreen === null) ||
  (settings.stopOnPresentation && signals.presentation === null) ||
  (settings.stopOnCall && (signals.microphoneInUse === null || signals.cameraInUse === null));

/**
 * Whether somebody is at the computer. A locked screen is nobody, at once; where input cannot be seen, it is taken that
 * somebody is there; where it cannot be known whether the screen is locked, it is not.
 * @returns why the owner counts as present, or undefined when away
 */
export function userActive(look: Look): SuspendReason | undefined {
  const { settings, signals, now } = look;
  if (settings.runWhenLocked && signals.screenLocked === true) return undefined;
  const careful = couldMiss(look);
  const usual = settings.idleMinutes * MINUTE_SECONDS;
  const thresholdSeconds = careful ? Math.max(CAREFUL_TIMES * usual, CAREFUL_SECONDS) : usual;
  const { idleSeconds } = signals;
  if (idleSeconds === null) return { code: 'user_active', thresholdSeconds, careful };
  if (idleSeconds >= thresholdSeconds) return undefined;
  const end = endsAt(now + (thresholdSeconds - idleSeconds) * 1000);
  return { code: 'user_active', idleSeconds, thresholdSeconds, careful, ...end };
}
