// SPDX-License-Identifier: MIT

/** How long the agent stays back after an automatic rule has stopped it, ms. */
export const SETTLE_MS = 30_000;

/** What the policy must remember between two looks. */
export interface PolicyHistory {
  /** whether the owner was at the computer at the last look; undefined before the first */
  readonly present: boolean | undefined;
  /** nothing runs before this moment, ms since the epoch */
  readonly stoppedUntil: number;
  /** the away limits do not apply before this moment, ms since the epoch */
  readonly presentUntil: number;
}

export const NO_HISTORY: PolicyHistory = { present: undefined, stoppedUntil: 0, presentUntil: 0 };

/** Forgets what waits to settle: the owner has just said that it should run. */
export const settled = (history: PolicyHistory): PolicyHistory => ({
  ...history,
  stoppedUntil: 0,
  presentUntil: 0,
});

// A wall clock that was set back must not make a wait of 30 s into one of hours.
const clamp = (until: number, now: number): number => Math.min(until, now + SETTLE_MS);

/**
 * Remembers this look. A stopping rule (power, disk) keeps things down until it has been quiet for SETTLE_MS.
 * The owner's coming back does so for SETTLE_MS from the moment of coming: going away has a waiting time of its
 * own (idle minutes), and a locked screen frees the computer at once unless work was only just interrupted.
 */
export function remember(
  history: PolicyHistory,
  seen: { readonly stopped: boolean; readonly present: boolean },
  now: number,
): PolicyHistory {
  const cameBack = seen.present && history.present === false;
  return {
    present: seen.present,
    stoppedUntil: seen.stopped ? now + SETTLE_MS : clamp(history.stoppedUntil, now),
    presentUntil: cameBack ? now + SETTLE_MS : clamp(history.presentUntil, now),
  };
}
