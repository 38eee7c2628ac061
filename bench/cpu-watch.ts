// SPDX-License-Identifier: MIT
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

import { errnoOf } from '../agent/adapters/disk-errors.ts';

const nothing = new Int32Array(new SharedArrayBuffer(4));
const text = Buffer.alloc(512);

/** Sleeps this thread: a timer of the event loop would be less exact. */
export function nap(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}

/** @returns undefined when the thread has ended */
function read(file: number): string | undefined {
  try {
    return text.toString('latin1', 0, readSync(file, text, 0, text.length, 0));
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

interface Times {
  readonly cpuMs: number;
  readonly queuedMs: number;
  readonly turns: number;
}

/** One thread of another process as Linux sees it (`/proc`); open files, so that a look costs a few microseconds. */
class WatchedThread {
  readonly #times: number;
  readonly #state: number;
  #last: Times = { cpuMs: 0, queuedMs: 0, turns: 0 };

  constructor(folder: string) {
    this.#times = openSync(`${folder}/schedstat`, 'r');
    this.#state = openSync(`${folder}/stat`, 'r');
  }

  /**
   * ms on a processor, ms of waiting for one, and how often it got one; exact whenever it is not on one. Of a thread that
   * has ended, what was seen last.
   */
  times(): Times {
    const line = read(this.#times);
    if (line === undefined) return this.#last;
    const [cpu = 0, queued = 0, turns = 0] = line.split(' ').map(Number);
    this.#last = { cpuMs: cpu / 1e6, queuedMs: queued / 1e6, turns };
    return this.#last;
  }

  /** Whether it sleeps, or has ended: it neither computes nor waits for a processor. */
  sleeps(): boolean {
    const stat = read(this.#state);
    return stat === undefined || stat[stat.lastIndexOf(')') + 2] !== 'R';
  }

  get ended(): boolean {
    return read(this.#state) === undefined;
  }

  close(): void {
    closeSync(this.#times);
    closeSync(this.#state);
  }
}

/** All threads that a process has now, seen from outside: it is not disturbed. */
export class CpuWatch {
  readonly #threads: readonly WatchedThread[];
  /** the one that has used the most */
  readonly busiest: WatchedThread;

  constructor(pid: number) {
    const folder = `/proc/${pid}/task`;
    this.#threads = readdirSync(folder).map((thread) => new WatchedThread(`${folder}/${thread}`));
    const [busiest] = [...this.#threads].sort((a, b) => b.times().cpuMs - a.times().cpuMs);
    if (busiest === undefined) throw new Error(`process ${pid} has no threads`);
    this.busiest = busiest;
  }

  /** CPU time of all threads, ms */
  get cpuMs(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.times().cpuMs, 0);
  }

  /** What its busiest thread has waited for a processor that others had, ms. */
  get queuedMs(): number {
    return this.busiest.times().queuedMs;
  }

  /** @throws when the thread that computed has ended: nothing can be said of its pause */
  get allSleep(): boolean {
    if (this.busiest.ended) throw new Error('a process that was watched has ended');
    return this.#threads.every((thread) => thread.sleeps());
  }

  close(): void {
    for (const thread of this.#threads) thread.close();
  }
}
