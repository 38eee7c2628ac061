// SPDX-License-Identifier: MIT
import type { PowerMeter, PowerReading } from '../../agent/ports.ts';

/** Draws so many watts for each thread that is busy. */
export class FakePowerMeter implements PowerMeter {
  wattsPerThread = 10;
  threads = 4;
  method: PowerReading['method'] = 'estimate';
  /** everything it was asked */
  readonly reads: { readonly cpuSeconds: number; readonly duty: number }[] = [];

  read(own: { readonly cpuSeconds: number; readonly duty: number }): PowerReading {
    this.reads.push(own);
    return {
      joules: own.cpuSeconds * this.wattsPerThread,
      watts: own.duty * this.threads * this.wattsPerThread,
      method: this.method,
      errorPercent: 30,
    };
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
