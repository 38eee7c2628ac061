// SPDX-License-Identifier: MIT
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { Look } from './rule.ts';

/*
 * What keeps the owner's attention without a key being pressed. Where it cannot be known, nothing is forbidden, but the
 * owner counts as away later (`presence.ts`). Behind a locked screen nobody looks on; locks fill the screen themselves.
 */

/** A program fills the screen. */
export const fullScreen = ({ settings, signals }: Look): SuspendReason | undefined =>
  settings.stopOnFullScreen && signals.fullScreen === true && signals.screenLocked !== true
    ? { code: 'full_screen' }
    : undefined;

/** A presentation or a film. */
export const presentation = ({ settings, signals }: Look): SuspendReason | undefined =>
  settings.stopOnPresentation && signals.presentation === true && signals.screenLocked !== true
    ? { code: 'presentation' }
    : undefined;

/** Somebody is heard or seen, behind a locked screen too. */
export function call({ settings, signals }: Look): SuspendReason | undefined {
  if (!settings.stopOnCall) return undefined;
  if (signals.cameraInUse === true) return { code: 'call', device: 'camera' };
  return signals.microphoneInUse === true ? { code: 'call', device: 'microphone' } : undefined;
}
