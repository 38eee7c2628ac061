// SPDX-License-Identifier: MIT
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

const nothing = new Int32Array(new SharedArrayBuffer(4));
const text = Buffer.alloc(512);

/** Sleeps this thread: a timer of the event loop would be less exact. */
export function nap(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}

function read(file: number): string {
  return text.toString('latin1', 0, readSync(file, text, 0, text.length, 0));
}

/** One thread of another process as Linux sees it (`/proc`); open files, so that a look costs a few microseconds. */
class WatchedThread {
  readonly #times: number;
  readonly #state: number;

  constructor(folder: string) {
    this.#times = openSync(`${folder}/schedstat`, 'r');
    this.#state = openSync(`${folder}/stat`, 'r');
  }

  /** ms on a processor, ms of waiting for one, and how often it got one; exact whenever it is not on one */
  times(): { cpuMs: number; queuedMs: number; turns: number } {
    const [cpu = 0, queued = 0, turns = 0] = read(this.#times).split(' ').map(Number);
    return { cpuMs: cpu / 1e6, queuedMs: queued / 1e6, turns };
  }

  /** Whether it sleeps: it neither computes nor waits for a processor. */
  sleeps(): boolean {
    const stat = read(this.#state);
    return stat[stat.lastIndexOf(')') + 2] !== 'R';
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

  get allSleep(): boolean {
    return this.#threads.every((thread) => thread.sleeps());
  }

  close(): void {
    for (const thread of this.#threads) thread.close();
  }
}
