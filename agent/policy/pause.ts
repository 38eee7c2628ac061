// SPDX-License-Identifier: MIT
import type { PauseFor } from '../../protocol/bridge.ts';
import type { Settings } from '../../protocol/settings.ts';

const MINUTE_MS = 60_000;
/** The hour of the next morning at which "until tomorrow" ends, local time. */
const MORNING_HOUR = 8;

/**
 * Until when a pause lasts.
 * @param now ms since the epoch
 * @param nextLocalHour the first moment after `now` at which the local clock shows this full hour
 */
export function pausedUntil(
  pause: PauseFor,
  now: number,
  nextLocalHour: (now: number, hour: number) => number,
): NonNullable<Settings['pausedUntil']> {
  switch (pause) {
    case '15m':
      return now + 15 * MINUTE_MS;
    case '1h':
      return now + 60 * MINUTE_MS;
    case 'tomorrow':
      return nextLocalHour(now, MORNING_HOUR);
    case 'until_resumed':
      return 'resumed';
  }
}
