// SPDX-License-Identifier: MIT
import type { Display, SyncExtension, SystemCounter } from 'x11';

import type { Clock } from '../../../protocol/clock.ts';
import { askX11, type X11Watch } from './x11-display.ts';

/** An input after this long without one is told by the display at once, ms; meanwhile it is asked. */
const RESTING_MS = 1000;
/** How often it is asked at most while somebody is there, ms. */
const ASK_EVERY_MS = 90;
/** A display that has not answered for this long tells nothing, ms. */
const SILENT_MS = 5000;
/** It is asked again though it rests: an alarm that was missed must not last, ms. */
const CHECK_EVERY_MS = 60_000;

/**
 * Time since the last input, from the display's own counter. While nobody is there it takes no round trips: an alarm
 * of the display tells of the first key or movement within milliseconds.
 */
export class X11Idle implements X11Watch {
  readonly #clock: Clock;
  #sync: SyncExtension | undefined;
  #counter = 0;
  #last: { readonly idleMs: number; readonly at: number } | undefined;
  #askedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async begin({ client }: Display, changed: () => void): Promise<void> {
    const sync = await askX11<SyncExtension>((reply) => client.require('sync', reply));
    await askX11<readonly number[]>((reply) => sync.Initialize(3, 1, reply));
    const counters = await askX11<readonly SystemCounter[]>((reply) => sync.ListSystemCounters(reply));
    const counter = counters.find(({ name }) => name === 'IDLETIME')?.counter;
    if (counter === undefined) throw new Error('The display does not count the time since the last input.');
    const alarm = client.AllocID();
    client.on('event', (event: { readonly name: string; readonly alarm?: number }) => {
      if (event.name !== 'AlarmNotify' || event.alarm !== alarm || this.#counter !== counter) return;
      this.#last = { idleMs: 0, at: this.#clock.monotonic() };
      changed();
    });
    sync.CreateAlarm(alarm, {
      counter,
      valueType: sync.ValueType.Absolute,
      value: RESTING_MS,
      testType: sync.TestType.NegativeTransition,
      delta: 0,
      events: true,
    });
    this.#sync = sync;
    this.#counter = counter;
    this.#ask();
  }

  end(): void {
    this.#sync = undefined;
    this.#last = undefined;
    this.#askedAt = undefined;
  }

  /** undefined: not known now */
  seconds(): number | undefined {
    const now = this.#clock.monotonic();
    const last = this.#last;
    if (this.#sync === undefined || last === undefined) return undefined;
    if (this.#askedAt !== undefined) return now - this.#askedAt > SILENT_MS ? undefined : this.#at(now);
    const every = last.idleMs > RESTING_MS ? CHECK_EVERY_MS : ASK_EVERY_MS;
    if (now - last.at >= every) this.#ask();
    return this.#at(now);
  }

  #at(now: number): number | undefined {
    return this.#last === undefined ? undefined : (this.#last.idleMs + now - this.#last.at) / 1000;
  }

  #ask(): void {
    const sync = this.#sync;
    if (sync === undefined) return;
    this.#askedAt = this.#clock.monotonic();
    // Taken at once and not through a promise: an alarm that follows it must have the last word.
    sync.QueryCounter(this.#counter, (error, idleMs) => {
      if (this.#sync !== sync) return true;
      this.#last = error ? undefined : { idleMs, at: this.#clock.monotonic() };
      this.#askedAt = undefined;
      return true;
    });
  }
}
