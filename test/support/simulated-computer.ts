// SPDX-License-Identifier: MIT
import type { Signals } from '../../protocol/signals.ts';
import { FakeSensors } from './fake-sensors.ts';

/** The sensors of a computer with a person at it, who types, goes, and comes back. */
export class SimulatedComputer extends FakeSensors {
  asleep: boolean;
  readonly #now: () => number;
  /** the last input, past or still to come; ms since the epoch */
  #inputUntil: number;

  /** @param now ms since the epoch */
  constructor(now: () => number, signals: Partial<Signals>) {
    super(signals);
    this.asleep = signals.goingToSleep === true;
    this.#now = now;
    this.#inputUntil = now();
  }

  /** Somebody types or moves the mouse, without a pause until then. */
  input(until = this.#now()): void {
    this.#inputUntil = until;
  }

  override read(): Signals {
    const seen = super.read();
    if (seen.idleSeconds === null) return seen;
    return { ...seen, idleSeconds: Math.max(0, this.#now() - this.#inputUntil) / 1000 };
  }
}
