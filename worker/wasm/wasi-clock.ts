// SPDX-License-Identifier: MIT
import { wasi } from '@bjorn3/browser_wasi_shim';

import type { GuestMemory } from './guest-memory.ts';

/** Where the calendar of every task begins: 2026-01-01T00:00:00Z, ns. */
const EPOCH_NS = 1_767_225_600_000_000_000n;
const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const MOST_SUBSCRIPTIONS = 1024;

interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  /** when a clock rings; for the rest: now */
  readonly dueNs: bigint;
}

/**
 * The time that a task sees: one unit of fuel is one nanosecond. It is the same in every run, it never stands still,
 * and it says nothing of this computer. Sleeping moves it forward and takes no time.
 */
export class FuelClock {
  readonly #consumed: () => bigint;
  #sleptNs = 0n;

  constructor(consumed: () => bigint) {
    this.#consumed = consumed;
  }

  /** ns that the module has slept, which took no time. */
  get sleptNs(): bigint {
    return this.#sleptNs;
  }

  set sleptNs(value: bigint) {
    this.#sleptNs = value;
  }

  /** @returns ns, or undefined for a clock that there is not */
  read(clock: number): bigint | undefined {
    const sinceStart = this.#consumed() + this.#sleptNs;
    if (clock === wasi.CLOCKID_REALTIME) return EPOCH_NS + sinceStart;
    if (clock === wasi.CLOCKID_MONOTONIC) return sinceStart;
    if (clock === wasi.CLOCKID_PROCESS_CPUTIME_ID || clock === wasi.CLOCKID_THREAD_CPUTIME_ID)
      return this.#consumed();
    return undefined;
  }

  /** `poll_oneoff`: what is read or written is always ready; else the earliest clock rings at once. */
  poll(memory: GuestMemory, input: number, output: number, count: number, ready: number): number {
    if (count === 0 || count > MOST_SUBSCRIPTIONS) return wasi.ERRNO_INVAL;
    const subscriptions: Subscription[] = [];
    for (let i = 0; i < count; i++) {
      const subscription = this.#subscription(memory, input + i * SUBSCRIPTION_BYTES);
      if (subscription === undefined) return wasi.ERRNO_INVAL;
      subscriptions.push(subscription);
    }
    const now = this.read(wasi.CLOCKID_MONOTONIC) ?? 0n;
    const due = subscriptions.reduce((least, { dueNs }) => (dueNs < least ? dueNs : least), 1n << 64n);
    if (due > now) this.#sleptNs += due - now;
    const rings = due > now ? due : now;
    const ringing = subscriptions.filter(({ dueNs }) => dueNs <= rings);
    for (const [i, { userdata, type }] of ringing.entries()) {
      const event = output + i * EVENT_BYTES;
      const bytes = memory.bytes(event, EVENT_BYTES).fill(0);
      bytes[10] = type;
      memory.setU64(event, userdata);
      if (type !== wasi.EVENTTYPE_CLOCK) memory.setU64(event + 16, 1n);
    }
    memory.setU32(ready, ringing.length);
    return wasi.ERRNO_SUCCESS;
  }

  #subscription(memory: GuestMemory, at: number): Subscription | undefined {
    const userdata = memory.u64(at);
    const type = memory.bytes(at + 8, 1)[0] ?? 0;
    if (type === wasi.EVENTTYPE_FD_READ || type === wasi.EVENTTYPE_FD_WRITE)
      return { userdata, type, dueNs: 0n };
    if (type !== wasi.EVENTTYPE_CLOCK) return undefined;
    const clock = memory.u32(at + 16);
    const now = this.read(clock);
    if (now === undefined) return undefined;
    const timeout = memory.u64(at + 24);
    const isAbsolute = (memory.u32(at + 40) & wasi.SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME) !== 0;
    const monotonic = this.read(wasi.CLOCKID_MONOTONIC) ?? 0n;
    return { userdata, type, dueNs: monotonic + (isAbsolute ? timeout - now : timeout) };
  }
}
