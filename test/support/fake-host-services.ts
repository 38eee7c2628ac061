// SPDX-License-Identifier: MIT
import type { Autostart, KeepAwake } from '../../agent/ports.ts';

/** Autostart that remembers; `offered` false is a system without any. */
export class FakeAutostart implements Autostart {
  offered = true;
  failure: Error | undefined;
  isSet = false;
  /** every change it was asked for */
  readonly asked: boolean[] = [];

  enabled(): Promise<boolean | null> {
    return Promise.resolve(this.offered ? this.isSet : null);
  }

  set(enabled: boolean): Promise<void> {
    this.asked.push(enabled);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.isSet = enabled;
    return Promise.resolve();
  }
}

/** Remembers whether the computer is kept awake. */
export class FakeKeepAwake implements KeepAwake {
  offered = true;
  holds = false;
  /** every change it was asked for */
  readonly asked: boolean[] = [];

  set(awake: boolean): boolean {
    this.asked.push(awake);
    this.holds = awake && this.offered;
    return this.holds;
  }
}
