// SPDX-License-Identifier: MIT

/*
 * Node's permission model stops at threads: a thread that is started with other flags has other permissions, so
 * whoever may start threads may do anything (README.md). Only the control thread may, and only once.
 */

/** Flags that a thread may be given, and that say what it may do. */
const INHERITED = /^--(permission$|allow-fs-read=|no-experimental-|disable-warning=)/;

interface Permission {
  readonly has: (scope: string) => boolean;
  /** not in every Node 24 */
  readonly drop?: (scope: string) => void;
}

// Undefined where the process runs without the model: as Electron's may, whatever its flags were.
const permission: Permission | undefined = process.permission;

/** What the compute thread is started with: the rules of this process, but for the right to start threads. */
export const computeThreadFlags = (flags: readonly string[]): string[] =>
  permission === undefined ? [] : flags.filter((flag) => INHERITED.test(flag));

/** For good and for the calling thread: it may start no threads and read no files, as if it never had been allowed to. */
export function dropPermissions(): void {
  permission?.drop?.('worker');
  permission?.drop?.('fs.read');
}
