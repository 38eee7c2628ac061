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
 * @returns null where nothing sees what is typed, or not all of it
 */
export function idleSeconds(sessions: readonly Session[], sources: readonly IdleSource[]): number | null {
  const known = sources.flatMap((source) => {
    const seconds = source.seconds();
    return seconds === undefined ? [] : [{ source, seconds }];
  });
  const used = sessions.filter(({ kind, active }) => kind !== 'text' && active);
  const unseen = used.some((session) => !known.some(({ source }) => source.sees(session)));
  return unseen || known.length === 0 ? null : Math.min(...known.map(({ seconds }) => seconds));
}
