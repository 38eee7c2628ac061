// SPDX-License-Identifier: MIT
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

const CLOSED_ON_EXEC = 0o2000000;
/** stdin, stdout and stderr are given to every child anew. */
const STANDARD = 2;
/** After them comes the channel to the child. */
const FIRST_COVER = 4;

/**
 * Handles that this process was itself started with and that its children would inherit: a launcher's pipe, a
 * lock, a socket of systemd. Node marks as closed on exec what it opens, and of what it was given the first
 * sixteen or so; on other systems than Linux libuv closes the rest when it starts a child.
 */
function inheritedHandles(folder = '/proc/self/fdinfo'): number[] {
  return entries(folder)
    .filter((handle) => handle > STANDARD && !isClosedOnExec(`${folder}/${handle}`))
    .sort((one, other) => one - other);
}

/**
 * Starts a child without what this process has inherited: in the place of each such handle it finds nothing.
 * @param start gets what to give the child as its handles from number 4 on
 */
export function withoutInheritedHandles<T>(start: (covers: (number | 'ignore')[]) => T): T {
  const inherited = inheritedHandles();
  const nothing = openSync(devNull, 'r');
  try {
    const last = inherited.at(-1) ?? 0;
    return start(
      Array.from({ length: Math.max(0, last - FIRST_COVER + 1) }, (_, i) =>
        inherited.includes(i + FIRST_COVER) ? nothing : 'ignore',
      ),
    );
  } finally {
    closeSync(nothing);
  }
}

function entries(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number);
  } catch {
    return [];
  }
}

function isClosedOnExec(path: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
    return (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) !== 0;
  } catch {
    // Closed meanwhile: the handle that listed the folder.
    return true;
  }
}
