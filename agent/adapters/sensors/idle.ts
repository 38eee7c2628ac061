// SPDX-License-Identifier: MIT
import type { Session } from './sessions.ts';

/** Something that knows when somebody last used some of the sessions. */
export interface IdleSource {
  /** Whether every input of this session is seen by it. */
  sees(session: Session): boolean;
  /** s; undefined: it cannot tell now */
  seconds(): number | undefined;
}

/**
 * Seconds since anybody at this computer last did something: whoever did it last counts.
 * @param hint what a session says of itself, s; it counts where nothing sees its input
 * @returns null where nothing sees what is typed, or not all of it
 */
export function idleSeconds(
  sessions: readonly Session[],
  sources: readonly IdleSource[],
  hint: (session: Session) => number | undefined,
): number | null {
  const known = sources.flatMap((source) => {
    const seconds = source.seconds();
    return seconds === undefined ? [] : [{ source, seconds }];
  });
  const unseen = sessions
    .filter(({ kind, active }) => kind !== 'text' && active)
    .filter((session) => !known.some(({ source }) => source.sees(session)));
  const all = [...known.map(({ seconds }) => seconds), ...unseen.map(hint)];
  return all.length === 0 || all.includes(undefined) ? null : Math.min(...all.map(Number));
}
