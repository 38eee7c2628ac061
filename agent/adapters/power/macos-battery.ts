// SPDX-License-Identifier: MIT
import type { Clock } from '../../../protocol/clock.ts';
import { Answer } from '../sensors/cached.ts';
import type { RunCommand } from '../sensors/command.ts';

const EVERY_MS = 10_000;

/**
 * `ioreg -arn AppleSmartBattery`, a property list: current in mA, negative while it gives, and voltage in mV. The battery's
 * own voltage comes last, after those of what is in it. Nothing on a Mac without a battery, and on mains.
 */
export function macosDischargeWatts(output: string): number | undefined {
  const numbers = (key: string): number[] =>
    [...output.matchAll(new RegExp(`<key>${key}</key>\\s*<integer>(-?\\d+)</integer>`, 'g'))].map((found) =>
      Number(found[1]),
    );
  const isOnMains = /<key>ExternalConnected<\/key>\s*<true\/>/.test(output);
  const [amperage = NaN, voltage = NaN] = [numbers('Amperage')[0], numbers('Voltage').at(-1)];
  const watts = -(amperage / 1000) * (voltage / 1000);
  return !isOnMains && Number.isFinite(watts) && watts > 0 ? watts : undefined;
}

/** What the battery of this Mac gives away, asked for while somebody measures. */
export function macosBattery(clock: Clock, run: RunCommand): () => number | undefined {
  const answer = new Answer<number | undefined>({
    clock,
    everyMs: EVERY_MS,
    keepMs: 3 * EVERY_MS,
    ask: async () => macosDischargeWatts(await run('ioreg', ['-arn', 'AppleSmartBattery'])),
    // Then there is none to measure with.
    failed: () => undefined,
  });
  return () => answer.get();
}
