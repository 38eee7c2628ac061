// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { errnoOf } from './disk-errors.ts';

export interface TerminalIdleParts {
  /** `/dev`, or a folder that stands for it */
  readonly dev: string;
  /** `/run/systemd/sessions`, or a folder that stands for it */
  readonly sessions: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Names in a folder; none when there is no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** When a terminal was last typed at, ms since the epoch; undefined when it has gone away meanwhile. */
function usedAt(path: string): number | undefined {
  try {
    return statSync(path).atimeMs;
  } catch {
    // Terminals come and go, and some may not be looked at: neither says anything about input.
    return undefined;
  }
}

/** Whether somebody may use mouse and keyboard in a graphical session, which terminals do not see. */
function hasGraphicalSession({ sessions, env }: TerminalIdleParts): boolean {
  if ((env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '') return true;
  return namesIn(sessions).some((name) => {
    try {
      const text = readFileSync(join(sessions, name), 'utf8');
      return /^TYPE=(x11|wayland|mir)$/m.test(text) && /^CLASS=user$/m.test(text);
    } catch {
      // The session ended between the two looks, or is a socket of logind.
      return false;
    }
  });
}

/**
 * Seconds since somebody last typed at a terminal of this computer. The kernel keeps that time in steps of 8 s.
 * @returns null where it cannot be known: no terminals, or a graphical session whose input is not seen
 */
export function terminalIdleSeconds(parts: TerminalIdleParts, now: number): number | null {
  if (hasGraphicalSession(parts)) return null;
  const terminals = namesIn(parts.dev).filter((name) => /^tty([1-9]\d*|[A-Za-z]+\d+)$/.test(name));
  const pseudo = namesIn(join(parts.dev, 'pts')).filter((name) => /^\d+$/.test(name));
  const paths = [...terminals, ...pseudo.map((name) => join('pts', name))].map((name) =>
    join(parts.dev, name),
  );
  const times = paths.map(usedAt).filter((time) => time !== undefined);
  return times.length === 0 ? null : Math.max(0, (now - Math.max(...times)) / 1000);
}
