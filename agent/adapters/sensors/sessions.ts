// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { namesIn } from './sysfs.ts';
import { localDisplay } from './x11-display.ts';

/** A session of a person at this computer, or over the network. */
export interface Session {
  /** logind's name for it; undefined: only this program's environment tells of it */
  readonly id: string | undefined;
  readonly uid: number | undefined;
  /** `other` is graphical as well, of a kind that is not known here */
  readonly kind: 'text' | 'x11' | 'wayland' | 'other';
  /** as `:0`, of an X11 session */
  readonly display: string | undefined;
  readonly remote: boolean;
  /** what is typed goes to it: it is not one that was switched away from */
  readonly active: boolean;
}

export interface SessionsParts {
  /** `/run/systemd/sessions`, or a folder that stands for it */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number | undefined;
}

const KINDS: Readonly<Record<string, Session['kind']>> = { x11: 'x11', wayland: 'wayland', mir: 'other' };

/** One file of logind; undefined when it tells of no person. */
function sessionIn(folder: string, id: string): Session | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, id), 'utf8');
  } catch {
    // The session ended between the two looks, or is a socket of logind.
    return undefined;
  }
  const lines = new Map(text.split('\n').map((line) => [line.split('=', 1)[0], line.replace(/^[^=]*=/, '')]));
  if (!/^user/.test(lines.get('CLASS') ?? '') || lines.get('STATE') === 'closing') return undefined;
  // A compositor that was started at a text console controls its session: it takes the input devices.
  const plain = (lines.get('CONTROLLER') ?? '') === '' ? 'text' : 'other';
  return {
    id,
    uid: Number(lines.get('UID')),
    kind: KINDS[lines.get('TYPE') ?? ''] ?? plain,
    display: localDisplay({ DISPLAY: lines.get('DISPLAY') }),
    remote: lines.get('REMOTE') === '1',
    active: lines.get('ACTIVE') !== '0',
  };
}

/** The session that this program was started in, where logind does not tell of it. */
function ownSession({ env, uid }: SessionsParts, known: readonly Session[]): Session | undefined {
  const wayland = (env['WAYLAND_DISPLAY'] ?? '') !== '';
  const display = localDisplay(env);
  const kind = wayland ? 'wayland' : display === undefined ? undefined : 'x11';
  if (kind === undefined) return undefined;
  const told = known.some((session) =>
    kind === 'x11' ? session.display === display : session.kind !== 'text' && session.uid === uid,
  );
  return told ? undefined : { id: undefined, uid, kind, display, remote: false, active: true };
}

/** @returns reads who is there; looks at files again only when logind has written some */
export function sessionsOf(parts: SessionsParts): () => readonly Session[] {
  let changedAt: number | undefined;
  let sessions: readonly Session[] | undefined;
  return () => {
    const now = statSync(parts.folder, { throwIfNoEntry: false })?.mtimeMs;
    if (sessions !== undefined && now === changedAt) return sessions;
    changedAt = now;
    const known = namesIn(parts.folder)
      .map((id) => sessionIn(parts.folder, id))
      .filter((session) => session !== undefined);
    const own = ownSession(parts, known);
    sessions = own === undefined ? known : [...known, own];
    return sessions;
  };
}
