// SPDX-License-Identifier: MIT
import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Gives a worker the lowest priority. On Linux a priority belongs to a thread, and its main thread keeps its own: it
 * hardly ever runs, and must hear a pause at once when everything else is busy. (A priority once lowered cannot be
 * raised again without rights, so the others are lowered, not this one raised.) Threads that start later take the
 * priority of the thread that starts them. Elsewhere a priority belongs to the process.
 * @throws what the system says when it does not allow it
 */
export function lowerWorker(pid: number): void {
  const threads = process.platform === 'linux' ? threadsOf(pid).filter((thread) => thread !== pid) : [pid];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_LOW);
}

const threadsOf = (pid: number): number[] => readdirSync(`/proc/${pid}/task`).map(Number);
