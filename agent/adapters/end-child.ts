// SPDX-License-Identifier: MIT
import type { ChildProcess } from 'node:child_process';

/**
 * Ends a child by its id. One that could not be started has none, and Node would signal the whole group of this very
 * process in its place.
 */
export function endChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): void {
  if (child.pid !== undefined) child.kill(signal);
}
