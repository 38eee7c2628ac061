// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const LOWEST = constants.priority.PRIORITY_LOW;

/**
 * Gives a worker the lowest priority; to be called once it has all of its threads. On Linux a priority belongs to a
 * thread, and its main thread keeps its own: it hardly ever runs, and must hear a pause at once when the others are
 * busy. (A priority once lowered cannot be raised again without rights, so the others are lowered, not this one
 * raised.) Threads that start later take the priority of the thread that starts them. Elsewhere a priority belongs to
 * the process.
 * @throws what the system says when it does not allow it, or not yet (EAGAIN)
 */
export function lowerWorker(pid: number): void {
  if (process.platform !== 'linux') return setPriority(pid, LOWEST);
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  for (const thread of threads) if (thread !== pid) setPriority(thread, LOWEST);
  lowerSession(pid);
}

/**
 * Linux may share the processors between sessions first and only then between their threads. A worker has a session
 * of its own: whatever the priority of its threads, it would get as much as all that the owner does in another one.
 */
function lowerSession(pid: number): void {
  const [own, others] = [groupOf('self'), groupOf(pid)];
  if (others === undefined || others === own) return;
  writeFileSync(`/proc/${pid}/autogroup`, String(LOWEST));
}

/** The name of the group of sessions, such as "/autogroup-15"; none where the kernel does not group them. */
function groupOf(pid: number | 'self'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/autogroup`, 'utf8').split(' ')[0];
  } catch {
    // This kernel has no such groups, or the process is gone.
    return undefined;
  }
}
